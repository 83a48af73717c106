"""What the faults of the gateway are made of: conditions, and four kinds of deviation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.selftest.planting import After, Before, plant
from conformance.target.embedded import EMBEDDED_KEY
from emulator import Answer, Call, Emulator, signatures
from emulator.errors import ApiError

When = Callable[[Call], bool]
Hooks = tuple[Before | None, After | None]


def gateway(id_: str, slug: str, description: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Declare a fault that breaks `Gateway/behavior/<slug>`."""
    return plant(id_, f"Gateway/behavior/{slug}", description)


def header_signed(call: Call) -> bool:
    """Tell whether the request has the header signature."""
    return "authorization" in call.headers


def query_signed(call: Call) -> bool:
    """Tell whether the request has the query signature."""
    return not header_signed(call)


def by_form(call: Call) -> bool:
    """Tell whether a parameter is in the body."""
    return "form" in call.sources.values()


def signed_names(call: Call) -> tuple[str, ...]:
    """Return the names of the signed headers."""
    found = signatures.read_authorization(call.headers.get("authorization", ""))
    return found.signed_headers if found else ()


def changing(when: Callable[[Call, Answer], bool], change: Callable[[Call, Answer], Answer]) -> Callable[[], Hooks]:
    """Make a fault that changes some answers."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        return change(call, answer) if when(call, answer) else answer

    return lambda: (None, after)


def reading(when: When, change: Callable[[Call], Call]) -> Callable[[], Hooks]:
    """Make a fault that reads some calls as others."""

    def before(call: Call, emulator: Emulator) -> Call | None:
        del emulator
        return change(call) if when(call) else None

    return lambda: (before, None)


def refusing(when: When, error: Callable[[], ApiError]) -> Callable[[], Hooks]:
    """Make a fault that refuses some calls."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        return emulator.refuse(call, error()) if when(call) else None

    return lambda: (before, None)


def forgiving(code: str, when: Callable[[Call, Answer], bool]) -> Callable[[], Hooks]:
    """Make a fault that executes some calls that the gateway refused."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        return emulator.operate(call) if refused(answer, code) and when(call, answer) else answer

    return lambda: (None, after)


def refused(answer: Answer, code: str = "") -> bool:
    """Tell whether an answer is a refusal, with `code` if that is given."""
    return answer.status >= 400 and (not code or answer.payload.get("Code") == code)


def without(call: Call, *names: str) -> Call:
    """Return a call without some parameters."""
    return replace(call, params={n: v for n, v in call.params.items() if n not in names})


def amended(answer: Answer, **members: object) -> Answer:
    """Return an answer with some members changed."""
    return replace(answer, payload={**answer.payload, **members})


def header_signature(call: Call, **headers: str) -> str:
    """Return the right header signature of a call, had it these `headers`."""
    held = {**call.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(n.encode(), v.encode()) for n, v in call.params.items() if call.sources[n] == "query"]
    canonical = signatures.canonical_request(
        call.method,
        pairs,
        {name: [value] for name, value in held.items()},
        signed_names(call),
        held["x-acs-content-sha256"],
    )
    return signatures.header_signature(_secret(), signatures.header_string_to_sign(canonical))


def query_signature(method: str, params: Mapping[str, str]) -> str:
    """Return the right query signature of some parameters."""
    pairs = [(n.encode(), v.encode()) for n, v in params.items()]
    return signatures.query_signature(_secret(), signatures.query_string_to_sign(method, pairs))


def given_signature(call: Call) -> str:
    """Return the signature that a request has."""
    found = signatures.read_authorization(call.headers.get("authorization", ""))
    return found.signature if found else call.params.get("Signature", "")


def _secret() -> str:
    return EMBEDDED_KEY.secret.reveal()
