"""Variations of what a gateway accepts and of how its answers are put on the wire."""

import copy
import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator import errors
from emulator.calls import Answer, Call
from emulator.credentials import is_header_signed
from emulator.encoding import wants_xml
from emulator.http import Response
from emulator.json_text import read_json
from emulator.variations.model import After, Send, Variation

if TYPE_CHECKING:
    from emulator.core import Emulator

_REQUEST_ID_HEADER: Final = "x-acs-request-id"
_WRITES_BY_GET: Final = frozenset({"CreateBinding", "IndexFileMeta"})
# Members whose own members are data of a caller or of a file, not fields.
_MAPS: Final = frozenset(
    {
        "AccessDeniedDetail",
        "ClusterModifications",
        "ClusterStatus",
        "CustomLabels",
        "MultilingualContent",
        "OSSTagging",
        "OSSUserMeta",
        "Tags",
    }
)
_EXTRA: Final = {"ExtraText": "extra", "ExtraList": [{"ExtraNumber": 1}]}


def _get_for_all(call: Call, _emulator: "Emulator") -> Call | None:
    return replace(call, method="POST") if call.method == "GET" else None


def _get_for_reads(call: Call, emulator: "Emulator") -> Answer | None:
    refused = call.method == "GET" and call.action in _WRITES_BY_GET
    return emulator.refuse(call, errors.unsupported_method("GET")) if refused else None


def _no_form(call: Call, _emulator: "Emulator") -> Call | None:
    if call.service != "imm" or not is_header_signed(call.headers):
        return None
    return replace(call, params={name: text for name, text in call.params.items() if call.sources[name] == "query"})


def _head_within(most: int, status: int, text: str) -> Callable[[Call, "Emulator"], Answer | None]:
    """Return a hook that refuses longer queries as HTTP servers do, which know of no operations."""
    body = f"<html><body>{text}</body></html>".encode()
    return lambda call, _: Answer(status, {}, {"content-type": "text/html"}, body) if len(call.query) > most else None


def _json_only(call: Call, _emulator: "Emulator") -> Call | None:
    return replace(call, params={**call.params, "Format": "JSON"}) if wants_xml(call) else None


def _with_headers(**changes: str) -> After:
    """Return a hook that sets headers, or leaves those out that are set to nothing."""
    named = {name.replace("_", "-"): value for name, value in changes.items()}

    def after(_call: Call, answer: Answer, _emulator: "Emulator") -> Answer:
        headers = {name: value for name, value in (answer.headers | named).items() if value}
        return replace(answer, headers=headers)

    return after


def _plain_content_type(_call: Call, answer: Answer, _emulator: "Emulator") -> Answer:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return replace(answer, headers=answer.headers | {"content-type": kind})


def _request_ids(change: Callable[[str], str]) -> After:
    """Return a hook that gives request ids another form, in the body and in the header."""

    def after(_call: Call, answer: Answer, _emulator: "Emulator") -> Answer:
        text = change(str(answer.payload["RequestId"]))
        headers = answer.headers | ({_REQUEST_ID_HEADER: text} if _REQUEST_ID_HEADER in answer.headers else {})
        return replace(answer, payload={**answer.payload, "RequestId": text}, headers=headers)

    return after


def _extra_members(call: Call, answer: Answer, _emulator: "Emulator") -> Answer:
    # With WithFields no field outside the list is returned (IMM-BGFM-WITHFIELDS-FILTER).
    projected = answer.status == 200 and read_json(call.params.get("WithFields") or "[]")
    left_out = {"Files"} if projected else set()
    _extend(answer.payload, _MAPS | left_out)
    return answer


def _extend(value: object, left_out: frozenset[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _extend(item, left_out)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name not in left_out:
                _extend(member, left_out)
        # Copies: an object that is in an answer twice is extended twice, and must not extend the pattern.
        value.update({name: copy.deepcopy(extra) for name, extra in _EXTRA.items() if name not in value})


def _zipped(call: Call, response: Response) -> Response:
    if "gzip" not in call.headers.get("accept-encoding", "") or _has(response, "content-encoding"):
        return response
    body = gzip.compress(response.body, mtime=0)
    headers = tuple(pair for pair in response.headers if pair[0] != "content-length")
    extra = (("content-encoding", "gzip"), ("vary", "accept-encoding"), ("content-length", str(len(body))))
    return replace(response, headers=headers + extra, body=body)


def _has(response: Response, header: str) -> bool:
    return any(name == header for name, _ in response.headers)


def _adding(name: str, value: str) -> Send:
    return lambda _call, response: replace(response, headers=(*response.headers, (name, value)))


def _chunked(_call: Call, response: Response) -> Response:
    """Leave out the length, so that whoever sends the body has to send it in chunks."""
    return replace(response, headers=tuple(pair for pair in response.headers if pair[0] != "content-length"))


def _capital_headers(_call: Call, response: Response) -> Response:
    return replace(response, headers=tuple((name.title(), value) for name, value in response.headers))


VARIATIONS: Final = (
    Variation(
        "get-for-all",
        "GET is served for the operations that list POST only.",
        ("IMM-BIFM-POST-ONLY",),
        before=_get_for_all,
        groups=("get",),
    ),
    Variation(
        "get-for-reads",
        "GET is refused for CreateBinding and IndexFileMeta, which list it but write.",
        ("IMM-COM-GET", "C33"),
        before=_get_for_reads,
        groups=("get",),
    ),
    Variation(
        "no-form",
        "IMM ignores the form of a header-signed request, as its parameters belong into the query.",
        ("IMM-COM-FORM",),
        groups=("body",),
        before=_no_form,
    ),
    Variation(
        "heads-of-4-kb",
        "The HTTP server takes heads of 4 KB.",
        ("rpc-protocol.md 1",),
        groups=("body", "head"),
        before=_head_within(4_000, 414, "URI Too Long"),
    ),
    Variation(
        "heads-of-8-kb",
        "The HTTP server takes heads of 8 KB.",
        ("rpc-protocol.md 1",),
        groups=("head",),
        before=_head_within(8_000, 400, "Bad Request"),
    ),
    Variation(
        "json-only",
        "Format=XML is answered in JSON.",
        ("RPC-FORMAT-XML",),
        before=_json_only,
    ),
    Variation(
        "plain-content-type",
        "The content type names no charset.",
        ("RPC-CONTENT-TYPE",),
        after=_plain_content_type,
    ),
    Variation(
        "no-trace-id",
        "There is no header x-acs-trace-id.",
        ("RPC-TRACE-HEADER",),
        after=_with_headers(x_acs_trace_id=""),
    ),
    Variation(
        "no-request-id-header",
        "There is no header x-acs-request-id.",
        ("RPC-REQID-HEADER",),
        after=_with_headers(x_acs_request_id=""),
    ),
    Variation(
        "extra-headers",
        "An answer has headers that no source names.",
        ("rpc-protocol.md 6",),
        after=_with_headers(access_control_allow_origin="*", x_acs_extra="extra"),
    ),
    Variation(
        "request-id-lower",
        "Request ids are lower-case UUIDs.",
        ("RPC-REQID-FORM", "IMM-COM-REQUESTID-FORM"),
        groups=("request-id",),
        after=_request_ids(str.lower),
    ),
    Variation(
        "request-id-opaque",
        "Request ids are no UUIDs.",
        ("RPC-REQID-FORM", "IMM-COM-REQUESTID-FORM"),
        groups=("request-id",),
        after=_request_ids(lambda text: text.replace("-", "")),
    ),
    Variation(
        "extra-members",
        "Every object of an answer has members that no document names.",
        ("IMM-FILE-KNOWN", "ICE-GUUI-ENTRY-KEYS", "ICE-GBMPJ-UNKNOWN-FIELDS", "C13", "C36"),
        after=_extra_members,
    ),
    Variation(
        "ascii-json",
        "JSON has only ASCII characters, all others are escaped.",
        ("RFC 8259",),
        layout={"ensure_ascii": True},
    ),
    Variation(
        "indented-json",
        "JSON has white space between its parts.",
        ("RFC 8259",),
        layout={"indent": 2, "separators": (",", ": ")},
    ),
    Variation(
        "sorted-members",
        "Members are in the order of the alphabet.",
        ("RFC 8259",),
        layout={"sort_keys": True},
    ),
    Variation(
        "gzip",
        "Bodies are compressed for whoever accepts gzip.",
        ("RFC 9110, 8.4",),
        send=_zipped,
    ),
    Variation(
        "chunked",
        "Answers do not tell their length; on a socket they are chunked.",
        ("RFC 9112, 7.1",),
        send=_chunked,
    ),
    Variation(
        "connection-close",
        "The connection is closed after every answer.",
        ("RFC 9112, 9.6",),
        send=_adding("connection", "close"),
    ),
    Variation(
        "capital-headers",
        "Names of headers have capitals.",
        ("RFC 9110, 5.1",),
        send=_capital_headers,
    ),
)
