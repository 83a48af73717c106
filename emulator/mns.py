"""The message service (MNS) of a server: topics, who is subscribed to them, queues (mns.md 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from emulator.calls import Answer, Call
from emulator.context import Context
from emulator.errors import ApiError
from emulator.http import Request
from emulator.mns_push import Push, Pushes
from emulator.mns_queue import operate_queue
from emulator.mns_signature import verify
from emulator.mns_subscriptions import Subscription, content
from emulator.state import PendingPush, Publication, QueueMessage


class MessageService:
    """Hands publications on to subscribers; ``secrets`` are the keys of the server, None if it looks at none."""

    def __init__(self, secrets: Mapping[str, str] | None) -> None:
        self._secrets = secrets
        self._subscriptions: dict[str, Subscription] = {}
        self._pushes = Pushes()

    def subscribe(self, subscription: Subscription, context: Context) -> None:
        """Add a subscription, which gets what is published from now on; raises ValueError for a name that is taken."""
        if subscription.name in self._subscriptions:
            raise ValueError(f'expected another name of a subscription, found "{subscription.name}" again')
        self._subscriptions[subscription.name] = subscription
        if subscription.queue:
            context.state.queues.setdefault(subscription.queue, [])

    def publish(self, publications: Iterable[Publication], context: Context) -> None:
        """Put publications into their topics and hand them on; those without an id get one."""
        for publication in publications:
            publication.message_id = publication.message_id or context.ids.job_id().upper()
            context.state.topics.setdefault(publication.topic, []).append(publication)
            for subscription in self._subscriptions.values():
                if subscription.topic == publication.topic:
                    _deliver(publication, subscription, context)

    def due(self, context: Context) -> tuple[Push, ...]:
        """Return the pushes that have to be sent now, once each until they are settled."""
        return tuple(self._pushes.due(self._subscriptions, context))

    def settle(self, push: Push, status: int | None, context: Context) -> None:
        """Note how a push fared; see `Pushes.settle`."""
        self._pushes.settle(push, status, self._subscriptions[push.subscription], context)

    def answer(self, request: Request, call: Call, now: datetime, context: Context) -> Answer:
        """Answer a call to a queue."""
        request_id = context.ids.request_id().replace("-", "")
        try:
            if self._secrets is not None:
                verify(request, self._secrets, now, context.limits.time_window_seconds)
            answer = operate_queue(call, context)
        except ApiError as error:
            host = call.headers.get("host", "")
            payload = {
                "Code": error.code,
                "Message": error.message,
                "RequestId": request_id,
                "HostId": f"http://{host}",
            }
            answer = Answer(error.status, dict(payload))
        return replace(answer, headers={"x-mns-request-id": request_id})


def _deliver(publication: Publication, subscription: Subscription, context: Context) -> None:
    if not subscription.queue:
        context.state.pushes.append(PendingPush(subscription.name, publication, publication.time))
        return
    body = content(publication, subscription)
    # A message in a queue has an id of its own, beside that of the topic in the envelope.
    message = QueueMessage(context.ids.job_id().upper(), body, publication.time, publication.time)
    context.state.queues[subscription.queue].append(message)
