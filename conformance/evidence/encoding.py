"""What a run exchanges, as the JSON values of its log, and back.

Calls are only written: judging again makes them anew and compares. Of
messages only the bytes that came in are kept; what is in them is read again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from conformance.exchange import Answer, Call, Exchange, Form, Notice, Sent, Source
from conformance.notifications.parsing import read_push, read_queued
from conformance.notifications.queue_reader import message_fields
from conformance.remembering import shown
from conformance.settings import Settings
from conformance.target.config import Fixtures, RunLimits, Target
from conformance.wire.answers import BodyLimits, read_body
from reports.waivers import Waiver
from strategies import RawText

_OWN = ("target", "journal", "wait", "rate", "contract")
"""Settings that are about the machine or the pace and decide no verdict; the target is described by itself."""


def plain(value: Any) -> Any:
    """Return the JSON value that stands for what a request is made of."""
    if isinstance(value, RawText):
        return {"raw text": value.text}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def call_to_json(call: Call) -> dict[str, Any]:
    """Return a call; of its form only what is not the usual."""
    usual = Form()
    form = {f.name: plain(v) for f in fields(Form) if (v := getattr(call.form, f.name)) != getattr(usual, f.name)}
    return {"operation": call.operation, "params": plain(call.params), "form": form, "reuse": call.reuse}


def _body_to_json(body: bytes) -> dict[str, str]:
    """Return a body as text where it is UTF-8, else in Base64."""
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _body_from_json(data: Mapping[str, Any]) -> bytes:
    """Return a body. Raises ValueError if it is not one."""
    if "base64" in data:
        try:
            return base64.b64decode(data["base64"], validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from None
    return str(data["body"]).encode("utf-8")


def exchange_to_json(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as members of a line."""
    sent, answer = exchange.sent, exchange.answer
    return {
        "number": exchange.number,
        "call": call_to_json(exchange.call),
        "sent": {
            "method": sent.method,
            "url": sent.url,
            "headers": [list(h) for h in sent.headers],
            **_body_to_json(sent.body),
        },
        "answer": answer
        and {
            "status": answer.status,
            "headers": dict(answer.headers),
            "seconds": round(answer.seconds, 6),
            **_body_to_json(answer.body),
        },
        "failure": exchange.failure,
        "failed": exchange.failed,
    }


def exchange_from_json(data: Mapping[str, Any], call: Call, *, parsed: bool = True) -> Exchange:
    """Return the exchange that a line holds, as that of `call`.

    `parsed` says whether the body is read as JSON, as that of an operation is.
    """
    sent, answer = data["sent"], data["answer"]
    return Exchange(
        call,
        Sent(sent["method"], sent["url"], tuple((n, v) for n, v in sent["headers"]), _body_from_json(sent)),
        answer and _answer(answer, parsed=parsed),
        data["failure"],
        data["number"],
        data["failed"],
    )


def _answer(data: Mapping[str, Any], *, parsed: bool) -> Answer:
    body = _body_from_json(data)
    value, problem, flaws = read_body(body, BodyLimits()) if parsed else (None, "", ())
    return Answer(data["status"], data["headers"], body, value, problem, flaws, data["seconds"])


def queue_call(data: Mapping[str, Any]) -> Call:
    """Return the call of an exchange with a queue, which is made of texts alone."""
    return Call(data["call"]["operation"], data["call"]["params"])


def notice_to_json(notice: Notice) -> dict[str, Any]:
    """Return what came in as a message; that from a queue is in the exchange before it."""
    source = asdict(notice.source)
    if notice.source.kind == "queue":
        return {"source": source, "deleted": notice.deleted}
    return {
        "source": source,
        "method": notice.method,
        "path": notice.path,
        "headers": dict(notice.headers),
        **_body_to_json(notice.body),
    }


def notice_from_json(data: Mapping[str, Any], before: Exchange | None) -> Notice:
    """Return a message, read anew; `before` is the exchange in which a queue handed it over.

    Raises ValueError if that holds none.
    """
    source = Source(**data["source"])
    if source.kind == "push":
        return read_push(source, data["method"], data["path"], data["headers"], _body_from_json(data))
    held = message_fields(before) if before is not None else None
    if held is None:
        msg = "a message of a queue has no exchange before it that holds it"
        raise ValueError(msg)
    return replace(read_queued(source, held), deleted=data["deleted"])


def sources_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Source, ...]:
    """Return the sources of a channel."""
    return tuple(Source(**s) for s in data)


def fixtures_from_json(data: Mapping[str, Any]) -> Fixtures:
    """Return fixtures as they were given."""
    return Fixtures(**{k: _tuples(v) for k, v in data.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def target_to_json(target: Target) -> dict[str, Any]:
    """Return the description of a target: all but its credentials and where its certificate is."""
    return {
        "name": target.name,
        "version": target.version,
        "operations": list(target.operations),
        "endpoints": dict(target.endpoints),
        "app": target.app,
        "signatures": target.signatures,
        "fixtures": plain(asdict(target.fixtures)),
        "notifications": dict(target.notifications),
        "limits": asdict(target.limits),
        "tier": target.tier,
    }


def target_from_json(data: Mapping[str, Any]) -> Target:
    """Return the target that a log describes."""
    return Target(
        **{
            **data,
            "operations": tuple(data["operations"]),
            "fixtures": fixtures_from_json(data["fixtures"]),
            "limits": RunLimits(**data["limits"]),
        }
    )


def settings_to_json(settings: Settings) -> dict[str, Any]:
    """Return what was asked of a run, as far as it decides what is sent; `given` is the value of `--target`."""
    kept = {k: plain(v) for k, v in asdict(settings).items() if k not in _OWN}
    database = shown(settings.example_database) if settings.example_database else None
    return {**kept, "example_database": database, "given": settings.target}


def settings_from_json(data: Mapping[str, Any], contract: str | None = None) -> Settings:
    """Return the settings of a logged run; `contract` is the folder of its contract."""
    kept = {k: _tuples(v) for k, v in data.items() if k not in ("given", "waivers")}
    waivers = tuple(Waiver(**w) for w in data["waivers"])
    return Settings(**kept, waivers=waivers, target=data["given"], contract=contract)
