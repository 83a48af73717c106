"""Faults in how messages are delivered: pushes, and the queue."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from conformance.selftest.planting import Hooks, plant
from emulator import Answer, Call, Emulator, Push
from emulator.state import QueueMessage


def _pushing(subscription: str, change: Any) -> Hooks:
    """Return hooks that change the pushes of one subscription."""

    def pushed(push: Push, emulator: Emulator) -> Push:
        return change(push, emulator) if push.subscription == subscription else push

    return Hooks(pushed=pushed)


def _unwrapped(push: Push) -> Push:
    return replace(push, body=json.loads(push.body)["Message"].encode())


plant("push-by-put", "Notifications/behavior/push-by-post", "Pushes in JSON are sent by PUT.")(
    lambda: _pushing("json", lambda push, _: replace(push, method="PUT"))
)
plant("push-to-root", "Notifications/behavior/push-by-post", "An endpoint without a path is pushed to at the root.")(
    lambda: _pushing("xml", lambda push, _: replace(push, url=push.url.replace("/notifications", "/")))
)
plant("push-json-simplified", "Notifications/behavior/push-format", "A subscription to JSON gets the bare text.")(
    lambda: _pushing("json", lambda push, _: _unwrapped(push))
)
plant("push-xml-without-owner", "Notifications/behavior/push-format", "Pushes in XML do not tell the TopicOwner.")(
    lambda: _pushing("xml", lambda push, _: replace(push, body=push.body.replace(b"TopicOwner>", b"Owner>")))
)
plant("push-xml-cut", "Notifications/behavior/push-format", "Pushes in XML lack their last tag.")(
    lambda: _pushing("xml", lambda push, _: replace(push, body=push.body.replace(b"</Notification>", b"")))
)
plant("push-json-nested", "Notifications/behavior/push-format", "Message in JSON is an object, and no text.")(
    lambda: _pushing("json", lambda push, _: _nested(push))
)
plant("push-md5-of-escapes", "Notifications/behavior/push-md5", "MessageMD5 in JSON is that of another text.")(
    lambda: _pushing("json", lambda push, _: replace(push, body=_other_digest(push.body)))
)


def _nested(push: Push) -> Push:
    fields = json.loads(push.body)
    return replace(push, body=json.dumps(fields | {"Message": json.loads(fields["Message"])}).encode())


def _other_digest(body: bytes) -> bytes:
    fields = json.loads(body)
    return json.dumps(fields | {"MessageMD5": fields["MessageMD5"][::-1]}).encode()


@plant("push-once", "Notifications/behavior/push-again", "Pushes of the bare text are tried once only.")
def _once() -> Hooks:
    def forget(push: Push, emulator: Emulator) -> Push:
        emulator.state.pushes = [p for p in emulator.state.pushes if p.subscription != push.subscription]
        return push

    return _pushing("simplified", forget)


@plant("push-renumbered", "Notifications/behavior/push-again", "Another try in XML has another MessageId.")
def _renumbered() -> Hooks:
    seen: set[str] = set()

    def renumber(push: Push, emulator: Emulator) -> Push:
        del emulator
        if push.message_id not in seen:
            seen.add(push.message_id)
            return push
        other = push.message_id[::-1].encode()
        return replace(push, body=push.body.replace(push.message_id.encode(), other))

    return _pushing("xml", renumber)


def _answering(action: str, status: int, change: Any) -> Hooks:
    """Return hooks that change the answers of one status to one action of the queue."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        concerned = (call.service, call.action, answer.status) == ("mns", action, status)
        return change(answer, emulator) if concerned else answer

    return Hooks(after=after)


def _without(answer: Answer, name: str) -> Answer:
    return replace(answer, payload={n: v for n, v in answer.payload.items() if n != name})


plant("queue-no-priority", "Notifications/behavior/receive-fields", "A received message has no Priority.")(
    lambda: _answering("ReceiveMessage", 200, lambda answer, _: _without(answer, "Priority"))
)
plant("queue-empty-200", "Notifications/behavior/receive-empty", "An empty queue answers HTTP 200 and nothing.")(
    lambda: _answering("ReceiveMessage", 404, lambda answer, _: replace(answer, status=200, body=b""))
)
plant("queue-empty-code", "Notifications/behavior/receive-empty", "An empty queue answers with another Code.")(
    lambda: _answering(
        "ReceiveMessage", 404, lambda answer, _: replace(answer, payload=answer.payload | {"Code": "NoMessage"})
    )
)
plant("queue-delete-200", "Notifications/behavior/receive-delete", "A deletion answers HTTP 200.")(
    lambda: _answering("DeleteMessage", 204, lambda answer, _: replace(answer, status=200, body=b""))
)


def _queue(emulator: Emulator) -> list[QueueMessage]:
    return next(iter(emulator.state.queues.values()))


@plant("queue-undead", "Notifications/behavior/receive-delete", "The first message that is deleted comes back.")
def _undead() -> Hooks:
    kept: list[QueueMessage] = []

    def before(call: Call, emulator: Emulator) -> None:
        if call.action == "DeleteMessage" and not kept:
            kept.extend(m for m in _queue(emulator) if m.handle == call.params["ReceiptHandle"])

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "DeleteMessage" and kept and kept[0].dequeue_count == 1 and kept[0] not in _queue(emulator):
            _queue(emulator).append(kept[0])
        return answer

    return Hooks(before=before, after=after)


plant("queue-forgetful", "Notifications/behavior/receive-again", "A message that was received once never comes back.")(
    lambda: _answering("ReceiveMessage", 200, _clear)
)


@plant("queue-unhidden", "Notifications/behavior/receive-again", "A message that was received can be received at once.")
def _unhidden() -> Hooks:
    def before(call: Call, emulator: Emulator) -> None:
        for message in _queue(emulator) if call.action == "ReceiveMessage" else ():
            message.visible = 0

    return Hooks(before=before)


plant("queue-uncounted", "Notifications/behavior/receive-again", "DequeueCount is always 1.")(
    lambda: _answering(
        "ReceiveMessage", 200, lambda answer, _: replace(answer, payload=answer.payload | {"DequeueCount": "1"})
    )
)


def _clear(answer: Answer, emulator: Emulator) -> Answer:
    """Hide the received message for all time."""
    for message in _queue(emulator):
        if message.handle == answer.payload["ReceiptHandle"]:
            message.visible += 10**18
    return answer
