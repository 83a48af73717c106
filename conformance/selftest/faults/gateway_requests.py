"""Faults of how parameters are read, and of the refusals that all operations share."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from conformance.selftest.faults._gateway import (
    amended,
    by_form,
    changing,
    gateway,
    header_signed,
    reading,
    refused,
    refusing,
    without,
)
from conformance.selftest.planting import Before
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, invalid_argument

_KNOWN_HEADER = re.compile(r"(?!x-acs-)|x-acs-(action|version|date|signature|content|security|accesskey|credentials)")
_SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_TRAILING_COMMA = re.compile(r",\s*\]")


def _with_plus(call: Call) -> dict[str, str]:
    """Return the parameters of a call as one reads them that leaves a + as it is."""
    found = parse_qsl(call.query.replace("+", "%2B"), keep_blank_values=True)
    return {**call.params, **dict(found)}


def _respelled(call: Call, name: str, text: str) -> Call:
    return replace(call, params={**call.params, name: text})


def _stops_at_a_miss(call: Call, answer: Answer) -> bool:
    """Tell whether the first of several files that were asked for was not found."""
    files = answer.payload.get("Files")
    if call.action != "BatchGetFileMeta" or not isinstance(files, list):
        return False
    return json.loads(call.params["URIs"])[0] not in [file["URI"] for file in files]


def _composed(answer: Answer) -> Answer:
    text = json.dumps(answer.payload, ensure_ascii=False)
    files: list[dict[str, Any]] = json.loads(text)["Files"]
    for file in files:
        labels = file.get("CustomLabels", {})
        labels.update({name: unicodedata.normalize("NFC", value) for name, value in labels.items()})
    return amended(answer, Files=files)


def _narrowed(answer: Answer) -> Answer:
    ids = [str(text) for text in json.loads(json.dumps(answer.payload["NonExists"]))]
    return amended(answer, NonExists=[re.sub("[^\0-\uffff]", "?", text) for text in ids])


def _lists_unknown_ids(answer: Answer) -> bool:
    return isinstance(answer.payload.get("NonExists"), list)


gateway("typed-body-hides-query", "query-parameters", "The query is not read if an empty body has a type.")(
    reading(
        lambda call: call.headers.get("content-type") == "application/octet-stream",
        lambda call: replace(call, params={}),
    )
)
gateway("task-not-in-form", "form-parameters", "GetTask does not read a form.")(
    reading(
        lambda call: call.action == "GetTask" and header_signed(call) and by_form(call),
        lambda call: replace(call, params={}),
    )
)
gateway("list-ends-at-miss", "json-parameters", "Of URIs nothing is read if the first is unknown.")(
    changing(_stops_at_a_miss, lambda _, answer: amended(answer, Files=[]))
)
gateway("json-on-one-line", "json-spelling", "A list with line breaks is refused.")(
    refusing(
        lambda call: "\n" in call.params.get("URIs", ""),
        lambda: ApiError(400, "InvalidArgument", "The parameter URIs is invalid."),
    )
)
gateway("json-surrogate-pairs", "json-spelling", "A pair of \\u escapes is read as a question mark.")(
    reading(
        lambda call: _SURROGATES.search(call.params.get("URIs", "")) is not None,
        lambda call: _respelled(call, "URIs", _SURROGATES.sub("?", call.params["URIs"])),
    )
)
gateway("plus-stays", "blank-as-plus", "A + in the query is read as it is.")(
    reading(lambda call: "+" in call.query, lambda call: replace(call, params=_with_plus(call)))
)
gateway("plus-stays-in-lists", "blank-as-plus", "A + in the query is read as it is where parameters are JSON text.")(
    reading(
        lambda call: "+" in call.query and call.service == "imm",
        lambda call: replace(call, params=_with_plus(call)),
    )
)
gateway("json-leading-blank", "json-spelling", "JSON text that begins with a blank is refused.")(
    refusing(
        lambda call: call.params.get("URIs", "").startswith(" "),
        lambda: invalid_argument("URIs", "expected JSON text"),
    )
)
gateway("trailing-comma", "bad-json", "A comma before the end of a list is overlooked.")(
    reading(
        lambda call: _TRAILING_COMMA.search(call.params.get("URIs", "")) is not None,
        lambda call: _respelled(call, "URIs", _TRAILING_COMMA.sub("]", call.params["URIs"])),
    )
)
gateway("true-in-lower-case", "boolean-case", "True is read as false.")(
    reading(
        lambda call: call.params.get("RequestDefinition") == "True",
        lambda call: without(call, "RequestDefinition"),
    )
)
gateway("false-in-capitals", "boolean-case", "False is read as true.")(
    reading(
        lambda call: call.params.get("RequestDefinition") == "False",
        lambda call: _respelled(call, "RequestDefinition", "true"),
    )
)
gateway("false-is-refused", "boolean-accepted", "False is refused in either case.")(
    refusing(
        lambda call: call.params.get("RequestDefinition", "").lower() == "false",
        lambda: invalid_argument("RequestDefinition", "true or nothing"),
    )
)
gateway("labels-composed", "utf-8", "Labels come back with composed characters.")(
    changing(lambda _, answer: isinstance(answer.payload.get("Files"), list), lambda _, answer: _composed(answer))
)
gateway("basic-plane-only", "utf-8", "Unknown ids come back without characters of four bytes.")(
    changing(lambda _, answer: _lists_unknown_ids(answer), lambda _, answer: _narrowed(answer))
)
gateway("odd-parameter-refused", "unknown-parameters", "A parameter with a digit in its name is refused.")(
    refusing(
        lambda call: any(re.search(r"\d", name) for name in call.params),
        lambda: ApiError(400, "InvalidParameter", "There is an unknown parameter."),
    )
)
gateway("odd-header-refused", "unknown-headers", "An unknown x-acs header is refused.")(
    refusing(
        lambda call: not all(_KNOWN_HEADER.match(name) for name in call.headers),
        lambda: ApiError(400, "InvalidParameter", "There is an unknown header."),
    )
)
gateway("missing-with-404", "missing-parameter", "GetTask without TaskType is refused with 404.")(
    changing(
        lambda call, answer: call.action == "GetTask" and "TaskType" not in call.params and refused(answer),
        lambda _, answer: replace(answer, status=404),
    )
)
gateway("missing-unnamed", "missing-parameter-name", "The refusal without DatasetName does not name it.")(
    changing(
        lambda _, answer: refused(answer) and "DatasetName is required" in str(answer.payload["Message"]),
        lambda _, answer: amended(answer, Message="A parameter is required but not provided."),
    )
)
gateway("older-project-code", "unknown-project", "GetBinding has the older Code for an unknown project.")(
    changing(
        lambda call, answer: call.action == "GetBinding" and "resource project" in str(answer.payload.get("Message")),
        lambda _, answer: amended(answer, Code="InvalidProject.NotFound"),
    )
)
gateway("dataset-argument", "unknown-dataset", "BatchIndexFileMeta calls an unknown dataset an argument.")(
    changing(
        lambda call, answer: (
            call.action == "BatchIndexFileMeta" and "resource dataset" in str(answer.payload.get("Message"))
        ),
        lambda _, answer: amended(answer, Code="InvalidArgument"),
    )
)


@gateway("slash-as-it-is", "json-spelling", "An escaped slash in JSON text keeps its backslash.")
def _slash_as_it_is() -> tuple[Before, None]:
    def before(call: Call, _: Emulator) -> Call | None:
        text = call.params.get("URIs", "")
        return replace(call, params={**call.params, "URIs": text.replace("\\/", "\\\\/")}) if "\\/" in text else None

    return before, None
