"""Faults of what every answer has."""

from __future__ import annotations

from dataclasses import replace

from conformance.selftest.faults._gateway import (
    amended,
    by_form,
    changing,
    gateway,
    query_signed,
    refused,
    refusing,
)
from conformance.selftest.planting import After
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError
from emulator.json_text import write_json


@gateway("repeated-request-id", "request-id-differs", "A refusal has the RequestId of the one before it.")
def _repeated_request_id() -> After:
    last = ""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        nonlocal last
        del call, emulator
        if not refused(answer, "InvalidAction.NotFound"):
            return answer
        shown = last or str(answer.payload["RequestId"])
        last = shown
        named = replace(answer, headers={**answer.headers, "x-acs-request-id": shown})
        return amended(named, RequestId=shown)

    return after


@gateway("request-id-after-long", "request-id-differs", "Every 30th answer has the RequestId of the first of them.")
def _request_id_after_long() -> After:
    given: list[str] = []

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del call, emulator
        if "RequestId" not in answer.payload:
            return answer
        given.append(str(answer.payload["RequestId"]))
        if len(given) % 30:
            return answer
        shown = given[29]
        return amended(replace(answer, headers={**answer.headers, "x-acs-request-id": shown}), RequestId=shown)

    return after


def _headed(answer: Answer, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(answer, headers={**answer.headers, **named})


def _headless(answer: Answer, name: str) -> Answer:
    return replace(answer, headers={n: v for n, v in answer.headers.items() if n != name})


def _twice(answer: Answer) -> bytes:
    text = write_json(answer.payload)
    return f'{{"RequestId":"",{text[1:]}'.encode()


def _etag_renamed(answer: Answer) -> Answer:
    files = answer.payload["Files"]
    assert isinstance(files, list)
    renamed = [{("Etag" if n == "ETag" else n): v for n, v in file.items()} for file in files]
    return amended(answer, Files=renamed)


def _bare_create(call: Call) -> bool:
    return call.action == "CreateBinding" and call.method == "GET" and not call.params


gateway("lower-case-request-id-header", "request-id-header", "A refusal has its id in lower case in the header.")(
    changing(
        lambda _, answer: refused(answer),
        lambda _, answer: _headed(answer, x_acs_request_id=answer.headers["x-acs-request-id"].lower()),
    )
)
gateway("no-trace-of-refusals", "trace-id-header", "A refusal has no x-acs-trace-id.")(
    changing(lambda _, answer: refused(answer), lambda _, answer: _headless(answer, "x-acs-trace-id"))
)
gateway("content-type-without-charset", "content-type", "A refusal by GET names no charset.")(
    changing(
        lambda call, answer: refused(answer) and call.method == "GET",
        lambda _, answer: _headed(answer, content_type="application/json"),
    )
)
gateway("nothing-left-to-say", "no-empty-body", "BatchDeleteFileMeta answers with an empty body.")(
    changing(lambda call, _: call.action == "BatchDeleteFileMeta", lambda _, answer: replace(answer, body=b""))
)
gateway("fails-to-delete", "no-server-error", "BatchDeleteFileMeta of several files is answered with 500.")(
    refusing(
        lambda call: call.action == "BatchDeleteFileMeta" and "," in call.params.get("URIs", ""),
        lambda: ApiError(500, "InternalError", "The request processing has failed."),
    )
)
gateway("member-twice", "strict-json", "A refusal for an unknown action has RequestId twice.")(
    changing(
        lambda _, answer: refused(answer, "InvalidAction.NotFound"),
        lambda _, answer: replace(answer, body=_twice(answer)),
    )
)
gateway("null-detail", "no-null", "A refusal for an unknown resource has a null AccessDeniedDetail.")(
    changing(
        lambda _, answer: refused(answer, "ResourceNotFound"),
        lambda _, answer: amended(answer, AccessDeniedDetail=None),
    )
)
gateway("etag-spelling", "member-spelling", "ETag of a file is spelled Etag.")(
    changing(lambda _, answer: "Files" in answer.payload, lambda _, answer: _etag_renamed(answer))
)
gateway("refused-with-302", "status-class", "CreateBinding by GET is refused with HTTP 302.")(
    changing(
        lambda call, answer: refused(answer) and _bare_create(call),
        lambda _, answer: replace(answer, status=302),
    )
)
gateway("failure-with-200", "status-class", "CreateBinding by GET is refused with HTTP 200.")(
    changing(
        lambda call, answer: refused(answer) and call.action == "CreateBinding" and call.method == "GET",
        lambda _, answer: replace(answer, status=200),
    )
)
gateway("no-recommendation", "error-recommend", "A refusal for an unknown action has no Recommend.")(
    changing(
        lambda _, answer: refused(answer, "InvalidAction.NotFound"),
        lambda _, answer: replace(answer, payload={n: v for n, v in answer.payload.items() if n != "Recommend"}),
    )
)
gateway("host-id-of-another", "error-host-id", "HostId of a refused query-signed call is another host.")(
    changing(
        lambda call, answer: refused(answer) and query_signed(call),
        lambda _, answer: amended(answer, HostId="imm.cn-hangzhou.aliyuncs.com"),
    )
)
gateway("not-found-as-forbidden", "not-found-status", "An unknown dataset is answered with HTTP 403.")(
    changing(
        lambda _, answer: refused(answer, "ResourceNotFound") and "dataset" in str(answer.payload["Message"]),
        lambda _, answer: replace(answer, status=403),
    )
)
gateway("throttled-with-403", "throttling", "A form is over its quota, and told so with HTTP 403.")(
    refusing(
        by_form,
        lambda: ApiError(403, "Throttling.Api", "Request was denied.", headers={"x-acs-retry-after": "20"}),
    )
)
gateway("throttled-without-hint", "throttling-hint", "A form is over its quota, with no word on when to return.")(
    refusing(by_form, lambda: ApiError(400, "Throttling.Api", "Request was denied."))
)
gateway("forbidden-with-400", "forbidden", "CreateBinding by GET is not permitted, and that said with HTTP 400.")(
    refusing(_bare_create, lambda: ApiError(400, "NoPermission", "You are not authorized."))
)
gateway("temporary-key-doubted", "header-signed-security-token", "CreateBinding by GET is refused to temporary keys.")(
    refusing(_bare_create, lambda: ApiError(400, "InvalidSecurityToken.Malformed", "The token is malformed."))
)
