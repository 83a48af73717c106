"""Faults of how the gateway finds the operation and the format of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.selftest.faults._gateway import (
    Hooks,
    by_form,
    changing,
    forgiving,
    gateway,
    header_signed,
    query_signed,
    reading,
    refused,
    refusing,
)
from emulator import Call
from emulator.errors import ApiError, unknown_action, unsupported_method
from emulator.operations import OPERATIONS, SERVICES


def _named(action: str, method: str) -> Callable[[Call], bool]:
    return lambda call: call.action == action and call.method == method


def _unsupported(method: str) -> Callable[[], ApiError]:
    return lambda: unsupported_method(method)


def _as(action: str) -> Callable[[Call], Call]:
    return lambda call: replace(call, action=action)


def _of_any_case(call: Call) -> str:
    """Return the action that is meant where it is written in capitals."""
    meant = [action for _, action in OPERATIONS if action.upper() == call.action]
    return meant[0] if meant else ""


def _serving(when: Callable[[str], bool], only: str = "") -> Callable[[], Hooks]:
    """Make a fault that serves any action, or one, if its version is one that `when` picks, whatever the service."""
    services = {action: service for service, action in OPERATIONS if only in ("", action)}
    return reading(
        lambda call: call.action in services and when(call.version),
        lambda call: replace(call, service=services[call.action]),
    )


def _is_of_a_known_year(version: str) -> bool:
    return version not in SERVICES and version[:4] in {known[:4] for known in SERVICES}


gateway("binding-not-posted", "post", "GetBinding is refused by POST.")(
    refusing(_named("GetBinding", "POST"), _unsupported("POST"))
)
gateway("binding-not-got", "get", "GetBinding is an unknown action by GET.")(
    refusing(_named("GetBinding", "GET"), lambda: unknown_action("GetBinding"))
)
gateway("post-only", "get-and-post", "GET is refused.")(
    refusing(lambda call: call.method == "GET", _unsupported("GET"))
)
gateway("delete-is-served", "other-methods", "DELETE is served like POST.")(
    forgiving("UnsupportedHTTPMethod", lambda call, _: call.method == "DELETE")
)
gateway("job-ids-decide", "action-by-headers", "JobIds makes a call of another action GetUrlUploadInfos.")(
    reading(
        lambda call: header_signed(call) and call.action == "GetBatchMediaProducingJob" and "JobIds" in call.params,
        _as("GetUrlUploadInfos"),
    )
)
gateway("action-header-overlooked", "action-by-headers", "GetBinding by POST is said to have no action.")(
    refusing(
        lambda call: header_signed(call) and _named("GetBinding", "POST")(call),
        lambda: ApiError(400, "MissingAction", "Action is mandatory for this action."),
    )
)
gateway("task-not-by-parameter", "action-by-parameters", "GetTask is unknown where the query of a POST names it.")(
    refusing(
        lambda call: query_signed(call) and not by_form(call) and _named("GetTask", "POST")(call),
        lambda: unknown_action("GetTask"),
    )
)
gateway("uris-decide", "action-by-parameters", "URIs makes a query-signed call BatchGetFileMeta.")(
    reading(
        lambda call: query_signed(call) and call.action == "GetTask" and "URIs" in call.params,
        _as("BatchGetFileMeta"),
    )
)
gateway("unknown-action-with-400", "unknown-action", "An unknown parameter Action is refused with 400.")(
    changing(
        lambda call, answer: query_signed(call) and refused(answer, "InvalidAction.NotFound"),
        lambda _, answer: replace(answer, status=400),
    )
)
gateway("action-in-capitals", "action-case", "An action in capitals is found.")(
    reading(lambda call: bool(_of_any_case(call)), lambda call: replace(call, action=_of_any_case(call)))
)
gateway("binding-in-lower-case", "action-case", "getbinding is served like GetBinding.")(
    reading(lambda call: call.action.lower() == "getbinding", _as("GetBinding"))
)
gateway("indexing-in-any-case", "action-case", "IndexFileMeta is found whatever the case.")(
    reading(lambda call: call.action.lower() == "indexfilemeta", _as("IndexFileMeta"))
)
gateway("action-of-vod", "action-case", "GetURLUploadInfos is served like GetUrlUploadInfos.")(
    reading(lambda call: call.action == "GetURLUploadInfos", lambda call: replace(call, action="GetUrlUploadInfos"))
)
gateway("later-version", "unknown-version", "A version after the last one is read as the last one.")(
    _serving(lambda version: version > max(SERVICES))
)
gateway("any-version-of-binding", "unknown-version", "GetBinding is served under any version.")(
    _serving(lambda _: True, "GetBinding")
)
gateway("any-version-of-creation", "unknown-version", "CreateBinding is served under any version.")(
    _serving(lambda _: True, "CreateBinding")
)
gateway("any-version-of-batch-index", "unknown-version", "BatchIndexFileMeta is served under any version.")(
    _serving(lambda _: True, "BatchIndexFileMeta")
)
gateway("version-by-year", "unknown-version", "Of a version the year alone is read.")(_serving(_is_of_a_known_year))
gateway("version-of-either", "other-services-version", "An action is served under the version of either service.")(
    _serving(lambda version: version in SERVICES)
)
gateway("json-in-capitals", "format-json", "Format=JSON is refused.")(
    refusing(
        lambda call: header_signed(call) and call.params.get("Format") == "JSON",
        lambda: ApiError(400, "InvalidParameter", "The parameter Format is invalid."),
    )
)
gateway("xml-refusals", "format-json", "With Format=json a refusal is XML.")(
    changing(
        lambda call, answer: refused(answer) and call.params.get("Format") == "json",
        lambda _, answer: replace(answer, body=b"<Error><Code>InvalidAction.NotFound</Code></Error>"),
    )
)
gateway("xml-root", "format-xml", "The root of an XML answer is Response.")(
    changing(
        lambda call, answer: not refused(answer) and call.params.get("Format") == "XML",
        lambda _, answer: replace(answer, body=b"<Response><RequestId>0</RequestId></Response>"),
    )
)
