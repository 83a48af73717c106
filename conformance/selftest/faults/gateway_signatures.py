"""Faults of the verification of signatures, times and nonces."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from conformance.selftest.faults._gateway import (
    amended,
    by_form,
    changing,
    forgiving,
    gateway,
    given_signature,
    header_signature,
    header_signed,
    query_signature,
    query_signed,
    refused,
    refusing,
    signed_names,
)
from conformance.selftest.planting import After
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, time_expired, unknown_key, unsupported_method, wrong_signature
from emulator.times import read_utc_seconds

_WRONG = "SignatureDoesNotMatch"


def _mismatch() -> ApiError:
    return wrong_signature("server string to sign is:none")


def _notes(call: Call, mark: str) -> bool:
    return mark in call.params.get("Note", "")


def _folds_names(call: Call) -> bool:
    """Tell whether the order of the parameters is another where case does not count."""
    names = list(call.params)
    return sorted(names) != sorted(names, key=str.lower)


def _alike(call: Call, answer: Answer) -> bool:
    if not header_signed(call) or "hash of the body" in str(answer.payload["Message"]):
        return False
    return given_signature(call)[:60] == header_signature(call)[:60]


def _provider_left_out(call: Call, _: Answer) -> bool:
    if "x-acs-credentials-provider" not in call.headers or not header_signed(call):
        return False
    return given_signature(call) == header_signature(call, x_acs_credentials_provider="static_ak")


def _empty_left_out(call: Call, _: Answer) -> bool:
    if header_signed(call):
        return False
    signed = {n: v for n, v in call.params.items() if n != "Signature"}
    return given_signature(call) == query_signature(call.method, {**signed, "SignatureType": ""})


def _right_but_for_case(call: Call, _: Answer) -> bool:
    signed = {n: v for n, v in call.params.items() if n != "Signature"}
    return query_signed(call) and given_signature(call).lower() == query_signature(call.method, signed).lower()


def _begins_right(call: Call, _: Answer) -> bool:
    return header_signed(call) and given_signature(call)[:-1] == header_signature(call)


def _begins_what_is_right(call: Call, _: Answer) -> bool:
    return header_signed(call) and given_signature(call) == header_signature(call)[:-1]


def _right_for_get(call: Call, _: Answer) -> bool:
    signed = {n: v for n, v in call.params.items() if n != "Signature"}
    return query_signed(call) and given_signature(call) == query_signature("GET", signed)


def _right_for_post(call: Call, _: Answer) -> bool:
    by_get = header_signed(call) and call.method == "GET"
    return by_get and given_signature(call) == header_signature(replace(call, method="POST"))


def _forgiven_time(*, past: bool) -> After:
    """Make a fault that takes header-signed requests up to a day away from now."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if not refused(answer, "InvalidTimeStamp.Expired") or not header_signed(call):
            return answer
        moment = read_utc_seconds(call.headers["x-acs-date"])
        assert moment is not None
        age = emulator.clock.now() - moment
        near = abs(age) < timedelta(days=1)
        return emulator.operate(call) if near and (age > timedelta(0)) is past else answer

    return after


def _no_time_ahead(call: Call, emulator: Emulator) -> Answer | None:
    moment = read_utc_seconds(call.headers.get("x-acs-date", "")) if header_signed(call) else None
    ahead = moment is not None and moment - emulator.clock.now() > timedelta(minutes=1)
    return emulator.refuse(call, time_expired()) if ahead else None


gateway("names-without-case", "header-signed-accepted", "Parameters are sorted without regard to case.")(
    refusing(lambda call: header_signed(call) and _folds_names(call), _mismatch)
)
gateway("long-nonce", "header-signed-accepted", "A nonce of more than 36 characters is refused.")(
    refusing(
        lambda call: len(call.headers.get("x-acs-signature-nonce", "")) > 36,
        lambda: ApiError(400, "InvalidSignatureNonce", "The nonce is too long."),
    )
)
gateway("no-time-ahead", "time-minutes-ahead", "A time in a header that is minutes ahead is refused.")(
    lambda: (_no_time_ahead, None)
)
gateway("json-must-be-wanted", "header-signed-any-headers", "What accepts anything is refused.")(
    refusing(
        lambda call: call.headers.get("accept") == "*/*",
        lambda: ApiError(406, "NotAcceptable", "Only application/json can be answered."),
    )
)
gateway("user-agent-unsigned", "header-signed-any-headers", "A signed user-agent does not verify.")(
    refusing(lambda call: "user-agent" in signed_names(call), _mismatch)
)
gateway("sixty-digits", "header-signed-wrong-signature", "Only sixty digits of a signature are compared.")(
    forgiving(_WRONG, _alike)
)
gateway("batch-index-unverified", "header-signed-wrong-signature", "BatchIndexFileMeta compares no signatures.")(
    forgiving(_WRONG, lambda call, _: header_signed(call) and call.action == "BatchIndexFileMeta")
)
gateway("batch-jobs-unverified", "header-signed-wrong-signature", "Batch jobs are told under any signature.")(
    forgiving(_WRONG, lambda call, _: header_signed(call) and call.action == "GetBatchMediaProducingJob")
)
gateway("signature-with-more", "header-signed-wrong-signature", "What follows a right signature is not read.")(
    forgiving(_WRONG, _begins_right)
)
gateway("signature-cut", "header-signed-wrong-signature", "The beginning of a right signature is enough.")(
    forgiving(_WRONG, _begins_what_is_right)
)
gateway("post-for-get", "header-signed-wrong-signature", "A signature in a header that is for POST serves a GET.")(
    forgiving(_WRONG, _right_for_post)
)
gateway("wrong-signature-with-403", "wrong-signature-status", "A wrong signature by GET is refused with 403.")(
    changing(
        lambda call, answer: refused(answer, _WRONG) and call.method == "GET",
        lambda _, answer: replace(answer, status=403),
    )
)
gateway("region-unsigned", "header-signed-changed-query", "RegionId may be changed after signing.")(
    forgiving(_WRONG, lambda call, _: header_signed(call) and call.sources.get("RegionId") == "query")
)
gateway("hash-not-computed", "header-signed-changed-body", "The hash of the body is believed.")(
    forgiving(_WRONG, lambda _, answer: "hash of the body" in str(answer.payload["Message"]))
)
gateway("provider-unsigned", "header-signed-changed-header", "x-acs-credentials-provider is not verified.")(
    forgiving(_WRONG, _provider_left_out)
)
gateway("unknown-key-code", "unknown-key", "An unknown AccessKeyId is called inactive.")(
    changing(
        lambda call, answer: query_signed(call) and refused(answer, "InvalidAccessKeyId.NotFound"),
        lambda _, answer: amended(answer, Code="InvalidAccessKeyId.Inactive"),
    )
)
gateway("unknown-key-with-400", "unknown-key-status", "An unknown key in a header is refused with 400.")(
    changing(
        lambda call, answer: header_signed(call) and refused(answer, "InvalidAccessKeyId.NotFound"),
        lambda _, answer: replace(answer, status=400),
    )
)
gateway("plus-as-plus", "header-signed-query-spellings", "A blank written as + does not verify.")(
    refusing(lambda call: header_signed(call) and "+" in call.query, _mismatch)
)
gateway("brackets-as-they-are", "header-signed-query-spellings", "Brackets that are not encoded do not verify.")(
    refusing(lambda call: header_signed(call) and "(" in call.query, _mismatch)
)
gateway("no-chunks", "header-signed-chunked", "A body without a length is refused.")(
    refusing(
        lambda call: "transfer-encoding" in call.headers,
        lambda: ApiError(411, "MissingContentLength", "A length is required."),
    )
)
gateway("port-unsigned", "host-with-port", "A host with a port does not verify.")(
    refusing(lambda call: ":" in call.headers.get("host", ""), _mismatch)
)
gateway("tilde-encoded", "query-signed-get", "A tilde does not verify in a query-signed GET.")(
    refusing(lambda call: query_signed(call) and call.method == "GET" and _notes(call, "~"), _mismatch)
)
gateway("blank-as-plus", "query-signed-post-query", "A blank does not verify in the query of a POST.")(
    refusing(lambda c: query_signed(c) and c.method == "POST" and not by_form(c) and _notes(c, " "), _mismatch)
)
gateway("task-not-by-signed-get", "query-signed-get", "GetTask signed in the query of a GET is not read.")(
    refusing(
        lambda call: query_signed(call) and call.method == "GET" and call.action == "GetTask",
        lambda: unsupported_method("GET"),
    )
)
gateway("indexing-not-by-query", "query-signed-post-query", "A POST of IndexFileMeta signed in the query is not read.")(
    refusing(
        lambda c: query_signed(c) and c.method == "POST" and not by_form(c) and c.action == "IndexFileMeta",
        _mismatch,
    )
)
gateway("batch-index-not-by-form", "query-signed-post-form", "BatchIndexFileMeta signed in a form has no Files.")(
    refusing(
        lambda call: query_signed(call) and by_form(call) and call.action == "BatchIndexFileMeta",
        lambda: ApiError(400, "MissingFiles", "Files is mandatory for this action."),
    )
)
gateway("form-in-latin", "query-signed-post-form", "A letter outside of Latin does not verify in a form.")(
    refusing(lambda call: query_signed(call) and by_form(call) and _notes(call, "\u7167"), _mismatch)
)
gateway("form-signature-believed", "query-signed-wrong-signature", "The Signature of a form is not compared.")(
    forgiving(_WRONG, lambda call, _: query_signed(call) and by_form(call))
)
gateway("unknown-jobs-unverified", "query-signed-wrong-signature", "Unknown jobs are told of before any Signature.")(
    forgiving(_WRONG, lambda call, _: query_signed(call) and set(call.params.get("JobIds", "")) == {"f"})
)
gateway("signature-without-case", "query-signed-wrong-signature", "A Signature counts whatever its case.")(
    forgiving(_WRONG, _right_but_for_case)
)
gateway("form-with-charset", "query-signed-post-form", "A form that names its charset is not read.")(
    refusing(
        lambda call: query_signed(call) and "charset" in call.headers.get("content-type", ""),
        lambda: ApiError(400, "MissingParameter", "The parameter Action is missing."),
    )
)
gateway("half-a-string-to-sign", "query-signed-server-string", "The string to sign of a form is left out.")(
    changing(
        lambda call, answer: query_signed(call) and by_form(call) and refused(answer, _WRONG),
        lambda _, answer: amended(answer, Message="Specified signature is not matched: see the documents."),
    )
)
gateway("empty-not-signed", "query-signed-empty-parameter", "An empty parameter may be left out.")(
    forgiving(_WRONG, _empty_left_out)
)
gateway("empty-not-in-forms", "query-signed-empty-parameter", "Of a form empty parameters are not read.")(
    refusing(
        lambda call: query_signed(call) and by_form(call) and "" in call.params.values(),
        _mismatch,
    )
)
gateway("get-for-post", "query-signed-method", "A signature for GET serves a POST.")(forgiving(_WRONG, _right_for_get))
gateway("no-key-as-unknown", "query-signed-missing-part", "Without AccessKeyId the key is unknown.")(
    refusing(lambda call: query_signed(call) and "AccessKeyId" not in call.params, unknown_key)
)
gateway("yesterday", "expired-time", "A time of yesterday is taken in a header.")(lambda: _forgiven_time(past=True))
gateway("binding-late", "expired-time", "GetBinding looks at no time.")(
    forgiving("InvalidTimeStamp.Expired", lambda call, _: call.action == "GetBinding")
)
gateway("indexing-late", "expired-time", "IndexFileMeta looks at no time.")(
    forgiving("InvalidTimeStamp.Expired", lambda call, _: call.action == "IndexFileMeta")
)
gateway("creation-late", "expired-time", "CreateBinding looks at no time.")(
    forgiving("InvalidTimeStamp.Expired", lambda call, _: call.action == "CreateBinding")
)
gateway("form-of-tomorrow", "future-time", "In a form the Timestamp is not looked at.")(
    forgiving("InvalidTimeStamp.Expired", lambda call, _: by_form(call))
)
gateway("tomorrow", "future-time", "A time of tomorrow is taken in a header.")(lambda: _forgiven_time(past=False))
gateway("malformed-as-expired", "malformed-time", "A malformed Timestamp is called expired.")(
    changing(
        lambda call, answer: query_signed(call) and refused(answer, "InvalidTimeStamp.Format"),
        lambda _, answer: amended(answer, Code="InvalidTimeStamp.Expired"),
    )
)
gateway("nonce-again-by-get", "replayed-nonce", "A nonce may be used again by GET.")(
    forgiving("SignatureNonceUsed", lambda call, _: call.method == "GET")
)


gateway("batch-index-replayed", "replayed-nonce", "BatchIndexFileMeta remembers no nonce.")(
    forgiving("SignatureNonceUsed", lambda call, _: call.action == "BatchIndexFileMeta")
)
gateway("batch-jobs-replayed", "replayed-nonce", "GetBatchMediaProducingJob remembers no nonce.")(
    forgiving("SignatureNonceUsed", lambda call, _: call.action == "GetBatchMediaProducingJob")
)
gateway("nonce-again-by-signed-get", "replayed-nonce", "A nonce in a header may be used again by GET.")(
    forgiving("SignatureNonceUsed", lambda call, _: call.method == "GET" and header_signed(call))
)
gateway("nonce-again-by-signed-post", "replayed-nonce", "A nonce in the query may be used again by POST.")(
    forgiving("SignatureNonceUsed", lambda call, _: call.method == "POST" and query_signed(call))
)


@gateway("last-nonce-only", "replayed-nonce", "Only the nonce of the last request is remembered.")
def _last_nonce_only() -> After:
    last = ""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        nonlocal last
        nonce = call.headers.get("x-acs-signature-nonce") or call.params.get("SignatureNonce", "")
        before, last = last, nonce
        again = refused(answer, "SignatureNonceUsed") and nonce != before
        return emulator.operate(call) if again else answer

    return after


gateway("long-nonce-again", "replayed-nonce", "Nonces of more than 36 characters are not remembered.")(
    forgiving("SignatureNonceUsed", lambda call, _: len(call.headers.get("x-acs-signature-nonce", "")) > 36)
)
