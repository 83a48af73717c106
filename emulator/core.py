"""The server itself, without any socket: a request in, a response out."""

import copy
import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from emulator import errors, imm_bindings, indexing
from emulator.calls import Answer, Call, Fault
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
from emulator.names import is_bucket, is_key
from emulator.operations import ERROR_STYLES, OPERATIONS
from emulator.params import Params
from emulator.state import State
from emulator.times import nanoseconds

_LOG = logging.getLogger(__name__)
_NO_HOST = "localhost"
_DOCUMENTED_LIMITS = Limits()
_SHORT_TIMINGS = Timings()


class Emulator:
    """A correct server of eight IMM and ICE operations and of the operations that provision for them.

    ``credentials`` maps access key ids to secrets; with None no signature is looked at. ``tokens`` maps the ids of
    temporary keys to the security token that they need. ``permissions`` maps key ids to the RAM actions that they
    may do, such as ``imm:GetTask``; keys that it does not name may do everything. ``faults`` are deviations that are
    applied to every call in their order. Equal seeds and equal calls give equal identifiers.
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
        seed: int = 0,
    ) -> None:
        self.state = State()
        self.clock: Clock = clock or SystemClock()
        self.limits = limits
        self.timings = timings
        self._faults = tuple(faults)
        self._ids = Ids(seed, self.state)
        keys = None if credentials is None else Credentials(credentials, tokens or {}, limits)
        self._gateway = Gateway(keys, permissions or {}, limits)
        self._lock = threading.RLock()

    def handle(self, request: Request) -> Response:
        """Answer a request. Safe for threads; a defect of the server or of a fault becomes a 500 InternalError."""
        with self._lock:
            call = read_call(request)
            try:
                return encode_answer(call, self._answer(request, call))
            except Exception:
                _LOG.exception('the call of "%s" failed', call.action)
                return encode_answer(call, self.refuse(call, errors.internal_error()))

    def operate(self, call: Call, *, limits: Limits | None = None) -> Answer:
        """Execute a call without the checks of the gateway, optionally under other limits; meant for faults."""
        operation = OPERATIONS.get((call.service, call.action))
        if operation is None:
            return self.refuse(call, errors.unknown_action(call.action))
        context = self._context(limits or self.limits)
        indexing.advance(context)
        try:
            result = operation.handler(Params(call.params, ERROR_STYLES[call.service]), context)
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
        with self._lock:
            keys = self.state.buckets.setdefault(bucket, [])
            if key not in keys:
                keys.append(key)
            imm_bindings.object_added(bucket, key, self._context(self.limits))

    def messages(self, topic: str) -> tuple[str, ...]:
        """Return the messages that were published to an MNS topic so far, the oldest first."""
        with self._lock:
            indexing.advance(self._context(self.limits))
            return tuple(self.state.topics.get(topic, ()))

    def _answer(self, request: Request, call: Call) -> Answer:
        seen, answer = self._before(call)
        if answer is None:
            answer = self._checked(request, seen)
        for fault in self._faults:
            own = replace(answer, payload=copy.deepcopy(answer.payload), headers=dict(answer.headers))
            answer = fault.after(seen, own, self)
        return answer

    def _before(self, call: Call) -> tuple[Call, Answer | None]:
        for fault in self._faults:
            result = fault.before(call, self)
            if isinstance(result, Answer):
                return call, result
            call = result or call
        return call, None

    def _checked(self, request: Request, call: Call) -> Answer:
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
        return Context(self.state, limits, self.timings, self._ids, nanoseconds(self.clock.now()))
