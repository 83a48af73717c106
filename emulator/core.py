"""The server itself, without any socket: a request in, a response out."""

import copy
import logging
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

from emulator import errors, imm_bindings, indexing
from emulator.calls import Answer, Call, DeliveryFault, Fault
from emulator.clock import Clock, SystemClock
from emulator.context import Context
from emulator.credentials import Credentials
from emulator.encoding import content_type, encode_answer
from emulator.errors import ApiError
from emulator.gateway import Gateway, read_call
from emulator.http import Request, Response
from emulator.ids import Ids
from emulator.json_text import JsonObject
from emulator.limits import Limits, Timings
from emulator.mns import MessageService
from emulator.mns_push import Push
from emulator.mns_queue import SERVICE as MESSAGE_SERVICE
from emulator.mns_queue import encode_queue_answer, is_for_queue, read_queue_call
from emulator.mns_subscriptions import Subscription
from emulator.names import is_bucket, is_key
from emulator.operations import ERROR_STYLES, OPERATIONS
from emulator.params import Params
from emulator.state import Publication
from emulator.store import MemoryStore, Store
from emulator.times import nanoseconds
from emulator.variations import VARIATIONS, Chosen

_LOG = logging.getLogger(__name__)
_NO_HOST = "localhost"
_DOCUMENTED_LIMITS = Limits()
_SHORT_TIMINGS = Timings()


class Emulator:
    """A correct server of eight IMM and ICE operations and of the operations that provision for them.

    ``credentials`` maps access key ids to secrets; with None no signature is looked at. ``tokens`` maps the ids of
    temporary keys to the security token that they need. ``permissions`` maps key ids to the RAM actions that they
    may do, such as ``imm:GetTask``; keys that it does not name may do everything. ``faults`` are deviations that are
    applied to every call in their order. ``subscriptions`` say where the messages of topics go; with
    ``enveloped_messages`` they have the newer form. ``store`` keeps what the server remembers, by default in memory;
    what a call has changed is kept before its answer goes out. ``variations`` are ids of `VARIATIONS` to switch on;
    faults see what is left of a call and its answer after them. Equal seeds and equal calls give equal identifiers.
    """

    def __init__(  # noqa: PLR0913  each is one independent setting of the server, given by name
        self,
        *,
        clock: Clock | None = None,
        credentials: Mapping[str, str] | None = None,
        tokens: Mapping[str, str] | None = None,
        permissions: Mapping[str, Collection[str]] | None = None,
        limits: Limits = _DOCUMENTED_LIMITS,
        timings: Timings = _SHORT_TIMINGS,
        faults: Sequence[Fault] = (),
        subscriptions: Sequence[Subscription] = (),
        enveloped_messages: bool = False,
        store: Store | None = None,
        variations: Collection[str] = (),
        seed: int = 0,
    ) -> None:
        self._store: Store = store or MemoryStore()
        self.state = self._store.load()
        self.clock: Clock = clock or SystemClock()
        self._chosen = Chosen(variations, VARIATIONS)
        self.limits = self._chosen.limits(limits)
        self.timings = self._chosen.timings(timings)
        self._faults = tuple(faults)
        self._ids = Ids(seed, self.state)
        signed = credentials is not None and self._chosen.verifies_signatures
        keys = Credentials(credentials or {}, tokens or {}, self.limits) if signed else None
        self._gateway = Gateway(keys, permissions or {}, self.limits)
        self._messages = MessageService(credentials if signed else None)
        self._enveloped = enveloped_messages or self._chosen.enveloped_messages
        self._lock = threading.RLock()
        self._counting = threading.Lock()
        self._under_way = 0
        for subscription in subscriptions:
            self.subscribe(subscription)

    def handle(self, request: Request) -> Response:
        """Answer a request. Safe for threads; a defect of the server or of a fault becomes a 500 InternalError."""
        with self._arrival(), self._lock:
            call = read_queue_call(request) if is_for_queue(request) else read_call(request)
            try:
                response = self._encoded(*self._answer(request, call))
                self._store.commit(self.state)
            except Exception:
                _LOG.exception('the call of "%s" failed', call.action)
                return self._encoded(call, self.refuse(call, errors.internal_error()))
            return response

    @property
    def under_way(self) -> int:
        """How many requests have come in and are not answered yet; faults that show only under load look at it."""
        return self._under_way

    @contextmanager
    def _arrival(self) -> Iterator[None]:
        with self._counting:
            self._under_way += 1
        try:
            yield
        finally:
            with self._counting:
                self._under_way -= 1

    @contextmanager
    def turn(self) -> Iterator[Context]:
        """Hold the memory of the server for a change; what has changed is kept when the turn ends."""
        with self._lock:
            yield self._context(self.limits)
            self._store.commit(self.state)

    def close(self) -> None:
        """End the use of the store; the server answers no more after that."""
        with self._lock:
            self._store.close()

    def operate(self, call: Call, *, limits: Limits | None = None) -> Answer:
        """Execute a call without the checks of the gateway, optionally under other limits; meant for faults."""
        operation = OPERATIONS.get((call.service, call.action))
        if operation is None:
            return self.refuse(call, errors.unknown_action(call.action))
        context = self._context(limits or self.limits)
        self._advance(context)
        try:
            style = self._chosen.style(call.service, ERROR_STYLES[call.service])
            result = operation.handler(Params(call.params, style), context)
        except ApiError as error:
            return self.refuse(call, error)
        return self._complete(call, 200, result, {})

    def refuse(self, call: Call, error: ApiError) -> Answer:
        """Return the error envelope of a refusal (IMM-COM-ERR-SHAPE, RPC-ERR-BODY)."""
        payload: JsonObject = {
            "HostId": call.headers.get("host") or _NO_HOST,
            "Code": error.code,
            "Message": error.message,
            "Recommend": f"https://api.aliyun.com/troubleshoot?q={quote(error.code)}",
        }
        detail = {"AccessDeniedDetail": error.detail} if error.detail else {}
        return self._complete(call, error.status, payload | detail, error.headers)

    def put_object(self, bucket: str, key: str) -> None:
        """Put an object into a bucket, which bindings then index; raises ValueError for a name that OSS refuses."""
        if not is_bucket(bucket, self.limits):
            raise ValueError(f'expected the name of a bucket, found "{bucket}"')
        if not is_key(key, self.limits):
            raise ValueError(f'expected the key of an object, found "{key}"')
        with self.turn() as context:
            keys = self.state.buckets.setdefault(bucket, [])
            if key not in keys:
                keys.append(key)
            imm_bindings.object_added(bucket, key, context)

    def messages(self, topic: str) -> tuple[str, ...]:
        """Return the messages that were published to an MNS topic so far, the oldest first."""
        with self.turn() as context:
            self._advance(context)
            return tuple(publication.text for publication in self.state.topics.get(topic, ()))

    def publish(self, topic: str, text: str) -> None:
        """Publish a message of any text to a topic at once, as another user of the topic might."""
        with self.turn() as context:
            self._messages.publish([Publication(topic, text, context.now)], context)

    def subscribe(self, subscription: Subscription) -> None:
        """Add a subscription to a topic; raises ValueError if its name is taken."""
        with self.turn() as context:
            self._messages.subscribe(subscription, context)

    def pushes(self) -> tuple[Push, ...]:
        """Return the pushes that have to be sent now; whoever sends them calls `push_answered` for each."""
        with self.turn() as context:
            self._advance(context)
            return tuple(self._spoiled(push) for push in self._messages.due(context))

    def push_answered(self, push: Push, status: int | None) -> None:
        """Note the HTTP status with which a push was answered, None if it was not, so that it may be tried again."""
        with self.turn() as context:
            self._messages.settle(push, status, context)

    def _advance(self, context: Context) -> None:
        """Do what is due by now: end index jobs and publish their messages."""
        indexing.advance(context)
        publications, self.state.outbox = self._chosen.published(self.state.outbox), []
        for fault in self._faults:
            if isinstance(fault, DeliveryFault):
                publications = [changed for one in publications for changed in fault.published(one, self)]
        self._messages.publish(publications, context)

    def _spoiled(self, push: Push) -> Push:
        for fault in self._faults:
            if isinstance(fault, DeliveryFault):
                push = fault.pushed(push, self)
        return push

    def _encoded(self, call: Call, answer: Answer) -> Response:
        if call.service == MESSAGE_SERVICE:
            return encode_queue_answer(call, answer)
        return self._chosen.send(call, encode_answer(call, answer, self._chosen.layout))

    def _answer(self, request: Request, call: Call) -> tuple[Call, Answer]:
        """Return the call as it was executed, and its answer."""
        seen, answer = self._before(call)
        if answer is None:
            answer = self._checked(request, seen)
        if seen.service != MESSAGE_SERVICE:
            answer = self._chosen.after(seen, answer, self)
        for fault in self._faults:
            own = replace(answer, payload=copy.deepcopy(answer.payload), headers=dict(answer.headers))
            answer = fault.after(seen, own, self)
        return seen, answer

    def _before(self, call: Call) -> tuple[Call, Answer | None]:
        varied = self._chosen.before(call, self)
        if isinstance(varied, Answer):
            return call, varied
        call = varied
        for fault in self._faults:
            result = fault.before(call, self)
            if isinstance(result, Answer):
                return call, result
            call = result or call
        return call, None

    def _checked(self, request: Request, call: Call) -> Answer:
        if call.service == MESSAGE_SERVICE:
            context = self._context(self.limits)
            self._advance(context)
            return self._messages.answer(request, call, self.clock.now(), context)
        try:
            self._gateway.check(request, call, self.clock.now(), self.state)
        except ApiError as error:
            return self.refuse(call, error)
        return self.operate(call)

    def _complete(self, call: Call, status: int, result: JsonObject, headers: Mapping[str, str]) -> Answer:
        request_id = self._ids.request_id()
        common = {
            "content-type": content_type(call),
            "x-acs-request-id": request_id,
            "x-acs-trace-id": self._ids.trace_id(),
        }
        return Answer(status, {"RequestId": request_id, **result}, common | dict(headers))

    def _context(self, limits: Limits) -> Context:
        return Context(self.state, limits, self.timings, self._ids, nanoseconds(self.clock.now()), self._enveloped)
