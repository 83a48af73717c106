"""What happens to a request before its operation: reading, dispatch and the checks that all operations share."""

from collections.abc import Collection, Mapping
from datetime import datetime

from emulator import errors
from emulator.calls import Call, Source
from emulator.credentials import Credentials, is_header_signed
from emulator.encoding import is_known_format
from emulator.http import Pair, Request, form_pairs, joined_headers, query_pairs
from emulator.limits import Limits
from emulator.operations import OPERATIONS, SERVICES
from emulator.state import State
from emulator.times import SECOND, nanoseconds

_METHODS = ("GET", "POST")


def read_call(request: Request) -> Call:
    """Return what a request asks for; nothing is refused here.

    A parameter that is both in the query and in the form counts as that of the query; of several equal names the
    first counts.
    """
    headers = joined_headers(request.headers)
    sourced: list[tuple[Pair, Source]] = [(pair, "query") for pair in query_pairs(request)]
    sourced += [(pair, "form") for pair in form_pairs(request)]
    params: dict[str, str] = {}
    sources: dict[str, Source] = {}
    for (name, value), source in sourced:
        key = name.decode(errors="replace")
        if key not in params:
            params[key] = value.decode(errors="replace")
            sources[key] = source
    action, version = _selected("Action", headers, params), _selected("Version", headers, params)
    service = SERVICES.get(version, "")
    return Call(service, action, version, request.method, params, sources, headers, request.query)


def _selected(name: str, headers: Mapping[str, str], params: Mapping[str, str]) -> str:
    """Return the action or version; new SDKs send the headers with a query signature too, so that form decides."""
    header = headers.get(f"x-acs-{name.lower()}", "")
    return header if is_header_signed(headers) else params.get(name) or header


class Gateway:
    """The checks that precede every operation, in the order of rpc-protocol.md 7.1.

    Permission and quota come before the parameters, which only the operation reads.
    """

    def __init__(
        self, credentials: Credentials | None, permissions: Mapping[str, Collection[str]], limits: Limits
    ) -> None:
        self._credentials = credentials
        self._permissions = {key_id: frozenset(actions) for key_id, actions in permissions.items()}
        self._limits = limits
        self._window = (0, 0)

    def check(self, request: Request, call: Call, now: datetime, state: State) -> None:
        """Refuse a request that may not reach its operation."""
        _check_dispatch(request, call)
        if self._credentials is not None:
            key_id = self._credentials.verify(request, call, now, state.nonces)
            self._check_permission(key_id, f"{call.service}:{call.action}")
        if self._limits.requests_per_second:
            self._check_quota(nanoseconds(now))

    def _check_permission(self, key_id: str, ram_action: str) -> None:
        allowed = self._permissions.get(key_id)
        if allowed is not None and ram_action not in allowed:
            raise errors.not_permitted(ram_action, key_id)

    def _check_quota(self, now: int) -> None:
        second, count = self._window
        self._window = (now // SECOND, count + 1 if second == now // SECOND else 1)
        if self._window[1] > self._limits.requests_per_second:
            raise errors.throttled(max(1, (SECOND - now % SECOND) // 1_000_000))


def _check_dispatch(request: Request, call: Call) -> None:
    if call.method not in _METHODS:
        raise errors.unsupported_method(call.method)
    if not is_known_format(call):
        raise errors.unknown_format(call.params["Format"])
    for name, value in (("Version", call.version), ("Action", call.action)):
        if not value:
            raise errors.missing_common(name)
    if not call.service:
        raise errors.unknown_version(call.version)
    operation = OPERATIONS.get((call.service, call.action))
    if operation is None or request.path != "/":
        raise errors.unknown_action(call.action)
    if operation.post_only and call.method != "POST":
        raise errors.unsupported_method(call.method)
