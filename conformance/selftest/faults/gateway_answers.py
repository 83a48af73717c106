"""Faults of what every answer has."""

from __future__ import annotations

from dataclasses import replace

from conformance.selftest.faults._gateway import (
    amended,
    by_form,
    changing,
    query_signed,
    refused,
    refusing,
)
from conformance.selftest.planting import After, plant
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError
from emulator.json_text import write_json


@plant("repeated-request-id", "Gateway/behavior/request-id-differs", "A refusal has the RequestId of the one before it.")
def _repeated_request_id() -> After:
    last = ""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        nonlocal last
        if not refused(answer, "InvalidAction.NotFound"):
            return answer
        shown = last or str(answer.payload["RequestId"])
        last = shown
        named = replace(answer, headers={**answer.headers, "x-acs-request-id": shown})
        return amended(named, RequestId=shown)

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


plant("lower-case-request-id-header", "Gateway/behavior/request-id-header", "A refusal has its id in lower case in the header.")(
    changing(
        lambda _, answer: refused(answer),
        lambda _, answer: _headed(answer, x_acs_request_id=answer.headers["x-acs-request-id"].lower()),
    )
)
plant("no-trace-of-refusals", "Gateway/behavior/trace-id-header", "A refusal has no x-acs-trace-id.")(
    changing(lambda _, answer: refused(answer), lambda _, answer: _headless(answer, "x-acs-trace-id"))
)
plant("content-type-without-charset", "Gateway/behavior/content-type", "A refusal by GET names no charset.")(
    changing(
        lambda call, answer: refused(answer) and call.method == "GET",
        lambda _, answer: _headed(answer, content_type="application/json"),
    )
)
plant("nothing-left-to-say", "Gateway/behavior/no-empty-body", "BatchDeleteFileMeta answers with an empty body.")(
    changing(lambda call, _: call.action == "BatchDeleteFileMeta", lambda _, answer: replace(answer, body=b""))
)
plant("fails-to-delete", "Gateway/behavior/no-server-error", "BatchDeleteFileMeta of several files is answered with 500.")(
    refusing(
        lambda call: call.action == "BatchDeleteFileMeta" and "," in call.params.get("URIs", ""),
        lambda: ApiError(500, "InternalError", "The request processing has failed."),
    )
)
plant("member-twice", "Gateway/behavior/strict-json", "A refusal for an unknown action has RequestId twice.")(
    changing(
        lambda _, answer: refused(answer, "InvalidAction.NotFound"),
        lambda _, answer: replace(answer, body=_twice(answer)),
    )
)
plant("null-detail", "Gateway/behavior/no-null", "A refusal for an unknown resource has a null AccessDeniedDetail.")(
    changing(
        lambda _, answer: refused(answer, "ResourceNotFound"),
        lambda _, answer: amended(answer, AccessDeniedDetail=None),
    )
)
plant("etag-spelling", "Gateway/behavior/member-spelling", "ETag of a file is spelled Etag.")(
    changing(lambda call, answer: "Files" in answer.payload, lambda _, answer: _etag_renamed(answer))
)
plant("failure-with-200", "Gateway/behavior/status-class", "CreateBinding by GET is refused with HTTP 200.")(
    changing(
        lambda call, answer: refused(answer) and call.action == "CreateBinding" and call.method == "GET",
        lambda _, answer: replace(answer, status=200),
    )
)
plant("no-recommendation", "Gateway/behavior/error-recommend", "A refusal for an unknown action has no Recommend.")(
    changing(
        lambda _, answer: refused(answer, "InvalidAction.NotFound"),
        lambda _, answer: replace(answer, payload={n: v for n, v in answer.payload.items() if n != "Recommend"}),
    )
)
plant("host-id-of-another", "Gateway/behavior/error-host-id", "HostId of a refused query-signed call is another host.")(
    changing(
        lambda call, answer: refused(answer) and query_signed(call),
        lambda _, answer: amended(answer, HostId="imm.cn-hangzhou.aliyuncs.com"),
    )
)
plant("not-found-as-forbidden", "Gateway/behavior/not-found-status", "An unknown dataset is answered with HTTP 403.")(
    changing(
        lambda _, answer: refused(answer, "ResourceNotFound") and "dataset" in str(answer.payload["Message"]),
        lambda _, answer: replace(answer, status=403),
    )
)
plant("throttled-with-403", "Gateway/behavior/throttling", "A form by POST is over its quota, and told so with HTTP 403.")(
    refusing(
        by_form,
        lambda: ApiError(403, "Throttling.Api", "Request was denied.", headers={"x-acs-retry-after": "20"}),
    )
)
plant("throttled-without-hint", "Gateway/behavior/throttling-hint", "A form by POST is over its quota, with no word on when to return.")(
    refusing(by_form, lambda: ApiError(400, "Throttling.Api", "Request was denied."))
)
plant("forbidden-with-400", "Gateway/behavior/forbidden", "CreateBinding by GET is not permitted, and that said with HTTP 400.")(
    refusing(_bare_create, lambda: ApiError(400, "NoPermission", "You are not authorized."))
)
plant("temporary-key-doubted", "Gateway/behavior/header-signed-security-token", "CreateBinding by GET is refused to temporary keys.")(
    refusing(_bare_create, lambda: ApiError(400, "InvalidSecurityToken.Malformed", "The token is malformed."))
)
