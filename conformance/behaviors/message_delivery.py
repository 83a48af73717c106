"""How messages are delivered: pushes to an endpoint, and a queue that is read (facts mns.md 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from conformance.behaviors._index_calls import SINGLE, forget
from conformance.behaviors.message_calls import notified, user_data
from conformance.behaviors.messages import NOTIFICATIONS, cause_of
from conformance.behaviors.own import Own
from conformance.checks.registry import check, expect, hear, watch
from conformance.exchange import Exchange, Flow, Inconclusive, Listen, Notice, Steps, Verdict
from conformance.judge.reaction import why_unusable
from conformance.notifications import UNTAKEN
from conformance.notifications.parsing import XmlError, read_xml
from conformance.notifications.queue_reader import DELETE, EMPTY, NO_QUEUE, RECEIVE, error_code
from conformance.world import World

BY_POST = f"{NOTIFICATIONS}/push-by-post"
FORMAT = f"{NOTIFICATIONS}/push-format"
MD5 = f"{NOTIFICATIONS}/push-md5"
AGAIN = f"{NOTIFICATIONS}/push-again"
RECEIVED = f"{NOTIFICATIONS}/receive-fields"
NOTHING = f"{NOTIFICATIONS}/receive-empty"
DELETED = f"{NOTIFICATIONS}/receive-delete"
RECEIVED_AGAIN = f"{NOTIFICATIONS}/receive-again"

PATIENCE = 4
"""How many times the settling time a message is waited for that was not taken."""
LONGEST_PAUSE = 25.0
"""Seconds: 5 for the answer and up to 20 until the next try of the default strategy (mns.md 3.1)."""

_LATE = 5.0
"""Seconds that a message may come back later than its own times say: they are of another clock."""

_EARLY = 1.5
"""Seconds that a message may come back before that: times may be told in whole seconds."""

_ENVELOPE = (
    "TopicOwner",
    "TopicName",
    "Subscriber",
    "SubscriptionName",
    "MessageId",
    "Message",
    "MessageMD5",
    "PublishTime",
)
_RECEIVED = (
    "MessageId",
    "ReceiptHandle",
    "MessageBody",
    "MessageBodyMD5",
    "EnqueueTime",
    "NextVisibleTime",
    "FirstDequeueTime",
    "DequeueCount",
    "Priority",
)


@hear(BY_POST)
def by_post(notice: Notice) -> Iterator[Verdict]:
    """Judge method and path of a push (MNS-HTTP-POST); the path only where the subscription's is known."""
    if notice.source.kind == "push":
        path = notice.source.path or notice.path
        holds = (notice.method, notice.path) == ("POST", path)
        observed = f"it is a {notice.method} to '{notice.path}'"
        yield expect(BY_POST, holds, expected=f"POST to '{path}'", observed=observed, exchange=notice.cause)


@hear(FORMAT)
def in_format(notice: Notice) -> Iterator[Verdict]:
    """Judge the body of a push (MNS-HTTP-FMT); the format only where the subscription's is known."""
    if notice.source.kind != "push":
        return
    wanted = notice.source.format or notice.format
    lacking = [name for name in _ENVELOPE if name not in notice.fields] if wanted != "SIMPLIFIED" else []
    other = notice.garbled or f"it is {notice.format}"
    observed = other if notice.format != wanted else f"there is no text '{''.join(lacking[:1])}'"
    yield expect(
        FORMAT,
        notice.format == wanted and not lacking,
        expected=_described(wanted),
        observed=observed,
        exchange=notice.cause,
    )


def _described(wanted: str) -> str:
    if wanted == "SIMPLIFIED":
        return "the body is the published text itself (SIMPLIFIED)"
    return f"the body is {wanted} with {', '.join(_ENVELOPE)}"


@hear(MD5)
def digest(notice: Notice) -> Iterator[Verdict]:
    """Judge MessageMD5 by the text in Message (MNS-HTTP-MD5)."""
    found, text = notice.fields.get("MessageMD5"), notice.fields.get("Message")
    if notice.source.kind == "push" and found is not None and text is not None:
        right = hashlib.md5(text.encode("utf-8", "surrogateescape")).hexdigest().upper()
        observed = f"MessageMD5 is '{found}'"
        wanted = f"MessageMD5 is '{right}', the MD5 of Message"
        yield expect(MD5, found.upper() == right, expected=wanted, observed=observed, exchange=notice.cause)


@check(AGAIN, BY_POST, FORMAT, MD5, operation=SINGLE.name, tier="create-and-clean", channel="push")
def pushed_again(world: World) -> Flow:
    """Index a file whose message is not acknowledged at first, and wait for the next try (MNS-HTTP-RETRY)."""
    own = Own(world)
    yield from own.tidied(_pushed_again(own))


def _pushed_again(own: Own) -> Flow:
    world = own.world
    yield from SINGLE.control(world)
    made = yield from _indexed(own, f"{UNTAKEN}/push.jpg")
    first = yield Listen(made, world.settle_seconds, until=_some("push", 1))
    if not _pushes(first):
        raise Inconclusive("no push came")
    if all("MessageMD5" not in n.fields for n in _pushes(first)):
        yield Verdict(MD5, "blocked", observed="the pushes have no envelope, and so no MessageMD5")
    seconds = min(LONGEST_PAUSE, PATIENCE * world.settle_seconds)
    heard = yield Listen(made, seconds, until=_each_again)
    for source in sorted({n.source.name for n in _pushes(heard)}):
        tries = [n.id for n in _pushes(heard) if n.source.name == source]
        yield _retried(made, tries, seconds)


def _retried(made: Exchange, tries: Sequence[str], seconds: float) -> Verdict:
    if len(tries) < 2 and seconds < LONGEST_PAUSE:
        reason = f"no other try within {seconds:g} s; limits.settle_seconds of 7 or more lets a run wait long enough"
        return Verdict(AGAIN, "inconclusive", observed=reason)
    again = tries[0] in tries[1:]
    ids = f"it came again with the MessageId '{tries[-1]}' instead of '{tries[0]}'"
    observed = ids if len(tries) > 1 else f"no other try within {seconds:g} s"
    expected = "a push that was answered with HTTP 500 is tried again with the same MessageId"
    return expect(AGAIN, again, expected=expected, observed=observed, exchange=made)


def _pushes(notices: Sequence[Notice]) -> list[Notice]:
    return [n for n in notices if n.source.kind == "push"]


def _some(kind: str, count: int) -> Callable[[Sequence[Notice]], bool]:
    """Return whether so many messages came from sources of a kind."""
    return lambda notices: sum(n.source.kind == kind for n in notices) >= count


def _each_again(notices: Sequence[Notice]) -> bool:
    """Whether each source pushed what it had pushed first once more."""
    tries: dict[str, list[str]] = {}
    for notice in _pushes(notices):
        tries.setdefault(notice.source.name, []).append(notice.id)
    return all(ids[0] in ids[1:] for ids in tries.values())


def _indexed(own: Own, name: str) -> Steps:
    """Have one file indexed, with a message. Raises Inconclusive if the call is refused."""
    world = own.world
    uri = world.uri(f"messages/{name}")
    forget(own, world.writing, [uri])
    text = user_data(world, name, 160)
    made: Exchange = yield SINGLE.call(world.writing, [{"URI": uri}], **notified(world), UserData=text)
    if not made.accepted:
        raise Inconclusive(why_unusable(made))
    return made


@watch(RECEIVED, operation=RECEIVE, scope="any")
def nine_fields(exchange: Exchange) -> Iterator[Verdict]:
    """Judge a received message: XML with nine fields (MNS-RECV-XML)."""
    answer = exchange.answer
    if answer is None or answer.status != 200 or not answer.body:
        return
    try:
        root, fields = read_xml(answer.body)
        lacking = [name for name in _RECEIVED if name not in fields]
        observed = f"the root is '{root}'" if root != "Message" else f"'{lacking[0] if lacking else ''}' is absent"
        holds = root == "Message" and not lacking
    except XmlError as error:
        observed, holds = f"it is not XML: {error}", False
    wanted = f"XML 'Message' with {', '.join(_RECEIVED)}"
    yield expect(RECEIVED, holds, expected=wanted, observed=observed, exchange=exchange)


@watch(NOTHING, operation=RECEIVE, scope="any")
def empty_queue(exchange: Exchange) -> Iterator[Verdict]:
    """Judge the answer of a queue without messages (MNS-RECV-EMPTY); an error about something else says nothing."""
    answer = exchange.answer
    if answer is None or answer.status in (401, 403, 408, 429) or answer.status >= 500:
        return
    if answer.status == 200 and answer.body:
        return
    code = error_code(exchange)
    if code and code != EMPTY and (answer.status != 404 or code == NO_QUEUE):
        return
    observed = f"HTTP {answer.status} with {f'the Code {code!r}' if code else 'no Code'}"
    holds = answer.status == 404 and code == EMPTY
    yield expect(NOTHING, holds, expected=f"HTTP 404 with the Code '{EMPTY}'", observed=observed, exchange=exchange)


@watch(DELETED, operation=DELETE, scope="any")
def deletion(exchange: Exchange) -> Iterator[Verdict]:
    """Judge the answer to a deletion by a handle that was just received (MNS-RECV-DELETE)."""
    answer = exchange.answer
    if answer is not None and answer.status not in (401, 403, 408, 429) and answer.status < 500:
        observed = f"HTTP {answer.status} {error_code(exchange)}".rstrip()
        yield expect(DELETED, answer.status == 204, expected="HTTP 204", observed=observed, exchange=exchange)


@hear(DELETED)
def gone_for_good(notice: Notice) -> Iterator[Verdict]:
    """Judge that what was deleted does not come back (MNS-RECV-DELETE)."""
    if notice.deleted:
        expected = "a message that was deleted does not come back"
        observed = f"it came back, with a DequeueCount of {notice.queue.get('DequeueCount', 'none')}"
        yield expect(DELETED, False, expected=expected, observed=observed, exchange=cause_of(notice))


@check(RECEIVED_AGAIN, RECEIVED, NOTHING, DELETED, operation=SINGLE.name, tier="create-and-clean", channel="queue")
def received_again(world: World) -> Flow:
    """Leave one message in the queue and delete another: only the one that is left comes back."""
    own = Own(world)
    yield from own.tidied(_received_again(own))


def _received_again(own: Own) -> Flow:
    world = own.world
    yield from SINGLE.control(world)
    deleted = yield from _indexed(own, "deleted.jpg")
    left = yield from _indexed(own, f"{UNTAKEN}/queue.jpg")
    yield Listen(deleted, world.settle_seconds, until=_some("queue", 1))
    first = _queued((yield Listen(left, world.settle_seconds, until=_some("queue", 1))))
    if not first:
        raise Inconclusive("no message came to the queue")
    seconds = _hidden_seconds(first[0])
    patience = PATIENCE * world.settle_seconds
    if seconds > patience:
        reason = f"a received message is hidden for {seconds:g} s, and the run waits for {patience:g} s at most"
        yield Verdict(RECEIVED_AGAIN, "blocked", observed=f"{reason}; limits.settle_seconds decides")
        return
    heard = _queued((yield Listen(left, seconds + _LATE, until=lambda notices: len(_of(first[0], notices)) > 1)))
    yield _came_back(left, heard, seconds)


def _came_back(left: Exchange, heard: Sequence[Notice], seconds: float) -> Verdict:
    counts = [n.queue.get("DequeueCount", "") for n in _of(heard[0], heard)]
    if len(counts) < 2:
        observed = "it did not come back"
        holds = False
    else:
        early = _early_seconds(*_of(heard[0], heard)[:2])
        observed = f"DequeueCount is '{counts[1]}' after '{counts[0]}'"
        observed = f"it came {early:g} s before it was to be visible again" if early else observed
        holds = all(c.isdigit() for c in counts) and int(counts[1]) > int(counts[0]) and not early
    expected = f"the message comes back after {seconds:g} s with a higher DequeueCount"
    return expect(RECEIVED_AGAIN, holds, expected=expected, observed=observed, exchange=left)


def _of(first: Notice, notices: Sequence[Notice]) -> list[Notice]:
    """Return the times that one message of a queue came."""
    return [n for n in notices if (n.source, n.id) == (first.source, first.id)]


def _queued(notices: Sequence[Notice]) -> list[Notice]:
    return [n for n in notices if n.source.kind == "queue"]


def _early_seconds(first: Notice, again: Notice) -> float:
    """Return how long before its time a message came again, by its own times; 0 if they do not tell."""
    times = [notice.queue.get("NextVisibleTime", "") for notice in (first, again)]
    if not all(t.isdigit() for t in times):
        return 0.0
    early = _hidden_seconds(first) - (int(times[1]) - int(times[0])) / 1000
    return early if early > _EARLY else 0.0


def _hidden_seconds(notice: Notice) -> float:
    """Return how long a received message is hidden, by its own times; the service's default if they do not tell."""
    times = [notice.queue.get(name, "") for name in ("FirstDequeueTime", "NextVisibleTime")]
    if not all(t.isdigit() for t in times):
        return 30.0
    return max(0.0, (int(times[1]) - int(times[0])) / 1000)
