"""Turning an answer into bytes: JSON, or XML where the request asks for it (RPC-FORMAT-JSON, RPC-FORMAT-XML)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from emulator.calls import Answer, Call
from emulator.http import Response
from emulator.json_text import write_json

JSON_TYPE: Final = "application/json;charset=utf-8"
XML_TYPE: Final = "text/xml;charset=utf-8"

_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_FORMATS = ("", "json", "xml")


def is_known_format(call: Call) -> bool:
    """Tell whether the call asks for JSON, XML or nothing, in any case."""
    return call.params.get("Format", "").lower() in _FORMATS


def wants_xml(call: Call) -> bool:
    """Tell whether the call asks for XML."""
    return call.params.get("Format", "").lower() == "xml"


def content_type(call: Call) -> str:
    """Return the content type of the answer to a call."""
    return XML_TYPE if wants_xml(call) else JSON_TYPE


def encode_answer(call: Call, answer: Answer, layout: Mapping[str, Any]) -> Response:
    """Return what is sent for an answer; its own body, when set, goes before its payload.

    ``layout`` are arguments for the writer of JSON, where it should not be compact.
    """
    body = answer.body if answer.body is not None else _encoded(call, answer, layout)
    headers = {"content-length": str(len(body))} | answer.headers
    return Response(answer.status, tuple(headers.items()), body)


def _encoded(call: Call, answer: Answer, layout: Mapping[str, Any]) -> bytes:
    if not wants_xml(call):
        return write_json(answer.payload, **layout).encode()
    root = "Error" if answer.status >= 400 else f"{call.action}Response"
    return ('<?xml version="1.0" encoding="UTF-8"?>' + "".join(xml_element(root, answer.payload))).encode()


def xml_element(name: str, value: object) -> Iterator[str]:
    """Yield the pieces of an element; an array becomes one element of that name for each item."""
    if isinstance(value, list):
        for item in value:
            yield from xml_element(name, item)
        return
    # A key that no element can be called by, as a caller's label may be, is carried in an attribute.
    tag, attribute = (name, "") if _XML_NAME.fullmatch(name) else ("entry", f' key="{_text(name)}"')
    yield f"<{tag}{attribute}>"
    if isinstance(value, dict):
        for member, content in value.items():
            yield from xml_element(member, content)
    else:
        yield _text(value if isinstance(value, str) else write_json(value))
    yield f"</{tag}>"


def _text(text: str) -> str:
    return escape(_ILLEGAL_IN_XML.sub("\ufffd", text), {'"': "&quot;"})
