"""Reading of messages, free of I/O: what the message service and IMM put around them.

The message service sends XML, JSON or the published text alone (facts mns.md
3.1), and some publishers encode the text in Base64; IMM publishes the message
bare or as text in an envelope (mns.md 5.1). All of it is read by itself,
because a receiver does not know how the subscription was made.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from xml.etree import ElementTree as ET

from conformance.exchange import Notice, Source
from conformance.wire.answers import BodyLimits, read_body

Format = Literal["XML", "JSON", "SIMPLIFIED"]
Form = Literal["bare", "envelope", "other"]

IMM_SOURCE = "acs.imm"
_LIMITS = BodyLimits()
_MESSAGE_MEMBERS = frozenset({"ProjectName", "DatasetName", "Files"})
_SERVICE_MEMBERS = frozenset({"TopicOwner", "TopicName", "SubscriptionName", "MessageId", "MessageMD5"})


class XmlError(Exception):
    """A text is not XML that may be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What the message service sent: its format, its fields as far as they are no objects, the published text.

    `garbled` says what is wrong with what seems to be XML.
    """

    format: Format
    fields: Mapping[str, str]
    text: str
    garbled: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What was published: its form, and the message as a JSON object if it is one."""

    form: Form
    value: dict[str, Any] | None
    problem: str = ""
    flaws: tuple[str, ...] = ()


def read_push(source: Source, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Notice:
    """Return the message in a push; `headers` have lower-case names."""
    wrapped = unwrap(body)
    message = read_message(wrapped.text)
    return Notice(
        source=source,
        body=body,
        id=wrapped.fields.get("MessageId") or headers.get("x-mns-message-id", ""),
        method=method,
        path=path,
        headers=headers,
        format=wrapped.format,
        fields=wrapped.fields,
        garbled=wrapped.garbled,
        text=wrapped.text,
        form=message.form,
        value=message.value,
        problem=wrapped.garbled or message.problem,
        flaws=message.flaws,
    )


def read_queued(source: Source, queue: Mapping[str, str]) -> Notice:
    """Return the message in the fields of a queue's message."""
    body = queue.get("MessageBody", "").encode()
    wrapped = unwrap(body)
    message = read_message(wrapped.text)
    return Notice(
        source=source,
        body=body,
        id=queue.get("MessageId", ""),
        queue=queue,
        format=wrapped.format,
        fields=wrapped.fields,
        garbled=wrapped.garbled,
        text=wrapped.text,
        form=message.form,
        value=message.value,
        problem=wrapped.garbled or message.problem,
        flaws=message.flaws,
    )


def unwrap(body: bytes) -> Wrapped:
    """Return the published text, and what the message service put around it."""
    found = _envelope(body)
    if found is None:
        inner = _from_base64(body) or body
        found = _envelope(inner) or Wrapped("SIMPLIFIED", {}, _text(inner), _flaw(inner))
    plain = _from_base64(found.text.encode())
    return found if plain is None else replace(found, text=_text(plain))


def _flaw(body: bytes) -> str:
    """Return why what seems to be XML is no message of the service, an empty text of anything else."""
    if not body.lstrip().startswith(b"<"):
        return ""
    try:
        name, _ = read_xml(body)
    except XmlError as error:
        return f"it is XML that cannot be read ({error})"
    return f"it is XML with the root '{name}'"


def _text(data: bytes) -> str:
    """Return text; bytes that are not UTF-8 stay recognizable as what no JSON text holds."""
    return data.decode("utf-8", "surrogateescape")


def _envelope(body: bytes) -> Wrapped | None:
    if body.lstrip().startswith(b"<"):
        try:
            name, fields = read_xml(body)
        except XmlError:
            return None
        return Wrapped("XML", fields, fields.get("Message", "")) if name == "Notification" else None
    value, _, _ = read_body(body, _LIMITS)
    if value is None or _MESSAGE_MEMBERS & value.keys() or not _SERVICE_MEMBERS & value.keys():
        return None
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in value.items()}
    fields = {k: text for k, text in texts.items() if not isinstance(value[k], dict | list)}
    return Wrapped("JSON", fields, texts.get("Message", ""))


def _from_base64(data: bytes) -> bytes | None:
    """Return decoded Base64 if it holds JSON or XML, else None."""
    try:
        decoded = base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if decoded.lstrip()[:1] in (b"{", b"<") else None


def read_xml(data: bytes | str) -> tuple[str, dict[str, str]]:
    """Return the root's name and the texts of its children, without namespaces.

    Raises XmlError for what is not well-formed, and for a document type,
    through which a text could name files or grow without bounds.
    """
    text = data if isinstance(data, bytes) else data.encode()
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise XmlError("it has a document type")
    try:
        root = ET.fromstring(text)  # noqa: S314  # document types are refused above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise XmlError(str(error)) from None
    return _local(root.tag), {_local(child.tag): "".join(child.itertext()) for child in root}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def read_message(text: str) -> Message:
    """Return the message in a published text, without the envelope of IMM if it has one."""
    value, problem, flaws = read_body(text.encode("utf-8", "surrogateescape"), _LIMITS)
    if value is None:
        return Message("bare", None, problem, flaws)
    content = value.get("content")
    if _MESSAGE_MEMBERS & value.keys() or content is None:
        return Message("bare", value, "", flaws)
    known = value.get("source") == IMM_SOURCE and isinstance(content, str)
    form: Form = "envelope" if known else "other"
    if isinstance(content, dict):
        return Message(form, content, "", flaws)
    inner, problem, more = read_body(str(content).encode("utf-8", "surrogateescape"), _LIMITS)
    return Message(form, inner, problem, (*flaws, *more))
