"""Command lines that repeat a request or a case."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from conformance.exchange import Call, Form, Sent
from conformance.settings import Settings
from conformance.wire.redaction import MASK, SECRET_HEADERS, SECRET_PARAMS
from strategies import RawText

AROUND_CASES = ("handshake", "provisioning", "cleaning")
"""What a run does beside its cases; every run repeats it."""

_FIRST_ITEMS = 4
_LAST_ITEMS = 2
_LONGEST_TEXT = 300
_LEFT_OUT = (
    "authorization",
    "host",
    "user-agent",
    "accept-encoding",
    "connection",
    "content-length",
    "x-acs-security-token",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
)


def curl_line(sent: Sent) -> str:
    """Return a curl command that sends the request without a signature."""
    parts = ["curl", "-sS", "-X", sent.method, sent.url]
    for name, value in sent.headers:
        if name.lower() not in _LEFT_OUT:
            parts += ["-H", f"{name}: {value}"]
    if sent.body:
        parts += ["--data-raw", sent.body.decode("utf-8", "replace")]
    return " ".join(shlex.quote(part) for part in parts)


def described(call: Call) -> dict[str, Any]:
    """Return a call as one structure: its parameters, and in brackets what is unusual about its form."""
    usual = Form()
    chosen = {f.name: getattr(call.form, f.name) for f in fields(Form)}
    chosen["headers"] = tuple((n, MASK if n.lower() in SECRET_HEADERS else v) for n, v in call.form.headers)
    chosen["extra"] = tuple((n, MASK if n in SECRET_PARAMS else v) for n, v in call.form.extra)
    form = {f"({name})": value for name, value in chosen.items() if value != getattr(usual, name)}
    return {"(operation)": call.operation, **form, **{name: _as_sent(value) for name, value in call.params.items()}}


def _as_sent(value: Any) -> Any:
    """Return a value of a request, and of a text of the wire that text."""
    return value.text if isinstance(value, RawText) else value


def abridged(value: Any) -> Any:
    """Return a value of a request with the middle of long lists and the end of long texts left out."""
    if isinstance(value, Mapping):
        return {name: abridged(inner) for name, inner in value.items()}
    if isinstance(value, list):
        items = [abridged(item) for item in value]
        left_out = len(items) - _FIRST_ITEMS - _LAST_ITEMS
        return items if left_out < 2 else [*items[:_FIRST_ITEMS], f"… {left_out} more …", *items[-_LAST_ITEMS:]]
    text = _as_sent(value)
    if isinstance(text, str) and len(text) > _LONGEST_TEXT:
        return f"{text[:_LONGEST_TEXT]}… ({len(text)} characters)"
    return text


def rerun_line(settings: Settings, case: str, database: str = "") -> str:
    """Return the command that repeats one case of a run against the same target.

    It has what decides which cases there are and which may be sent, and the `database` of the examples that the case
    was drawn from.
    """
    parts = ["conformance", "run"]
    parts += ["--target", settings.target] if settings.target else []
    parts += ["--example-database", database] if database else []
    parts += _wider(settings)
    parts += ["--seed", str(settings.seed)]
    parts += _asked_for(settings) if case in AROUND_CASES else ["--case", case]
    return " ".join(shlex.quote(part) for part in parts)


def _wider(settings: Settings) -> Iterator[str]:
    """Yield the options without which a case would not exist, would draw less or might not be sent."""
    if settings.profile != "standard":
        yield from ("--profile", settings.profile)
    if settings.profile == "thorough" and settings.max_requests:  # it decides how often is drawn
        yield from ("--max-requests", str(settings.max_requests))
    if settings.tier:
        yield from ("--tier", settings.tier)
    if settings.yes_create:
        yield "--yes-create"


def _asked_for(settings: Settings) -> Iterator[str]:
    """Yield what a run was restricted to, for what no case of it is needed to repeat."""
    for glob in settings.select:
        yield from ("--select", glob)
    for case in settings.cases:
        yield from ("--case", case)
