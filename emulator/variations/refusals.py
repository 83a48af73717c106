"""Variations of refusals: codes, statuses and members of the error envelope (imm.md 1.4, rpc-protocol.md 7)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.calls import Answer, Call
from emulator.errors import ApiError, invalid_argument, limit_exceeded
from emulator.json_text import JsonObject
from emulator.variations.model import After, Change, Variation, without

if TYPE_CHECKING:
    from emulator.core import Emulator

_ENDPOINT: Final = {"imm": "imm.cn-hangzhou.aliyuncs.com", "ice": "ice.cn-shanghai.aliyuncs.com"}
_LAST_NAME = re.compile(r"[A-Za-z]+(?=[^A-Za-z.]*$)")


def _recoded(codes: str, *, status: int = 0, code: str = "") -> After:
    """Return a hook that gives refusals whose Code matches another status or Code."""
    pattern = re.compile(codes)

    def after(_call: Call, answer: Answer, _emulator: "Emulator") -> Answer:
        if answer.status < 400 or not pattern.fullmatch(str(answer.payload["Code"])):
            return answer
        payload = answer.payload | ({"Code": code} if code else {})
        return replace(answer, status=status or answer.status, payload=payload)

    return after


def _refused(change: Change) -> After:
    """Return a hook that changes the envelope of every refusal."""

    def after(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
        if answer.status >= 400:
            change(answer.payload, call, emulator)
        return answer

    return after


def _other_host(payload: JsonObject, call: Call, _emulator: "Emulator") -> None:
    payload["HostId"] = _ENDPOINT.get(call.service, "localhost")


def _own_name(path: str) -> str:
    """Return the name of a parameter, or of a member inside it, without what surrounds it."""
    match = _LAST_NAME.search(path.partition(" ")[0])
    return match[0] if match else path


def _missing_named(name: str) -> ApiError:
    return ApiError(400, f"Missing{_own_name(name)}", f"{name} is mandatory for this action.")


def _missing_parameter(name: str) -> ApiError:
    return ApiError(400, "MissingParameter", f"The input parameter {name} that is mandatory is not supplied.")


def _invalid_named(name: str, expected: str) -> ApiError:
    return ApiError(400, f"Invalid{_own_name(name)}", f"The parameter {name} is invalid: {expected}.")


def _invalid_parameter(name: str, expected: str) -> ApiError:
    return ApiError(400, "InvalidParameter", f"The parameter {name} is invalid: {expected}.")


def _all_invalid(style: object) -> Mapping[str, object]:
    return dict.fromkeys(("invalid", "malformed", "over_limit"), style)


VARIATIONS: Final = (
    Variation(
        "not-found-404",
        "ResourceNotFound comes with HTTP 404.",
        ("IMM-COM-ERR-NOTFOUND-STATUS", "C29"),
        after=_recoded("ResourceNotFound", status=404),
    ),
    Variation(
        "missing-named",
        "A missing parameter is refused with Missing and its name.",
        ("RPC-MISSING-PARAM", "IMM-COM-ERR-MISSING", "C28"),
        groups=("missing-code",),
        styles={"imm": {"missing": _missing_named}, "ice": {"missing": _missing_named}},
    ),
    Variation(
        "missing-parameter",
        "IMM too refuses a missing parameter with MissingParameter.",
        ("RPC-MISSING-PARAM", "RPC-9.8"),
        groups=("missing-code",),
        styles={"imm": {"missing": _missing_parameter}},
    ),
    Variation(
        "imm-invalid-named",
        "IMM refuses a value with Invalid and the name of its parameter.",
        ("DOC:error-handling-1",),
        styles={"imm": {"invalid": _invalid_named}},
    ),
    Variation(
        "bad-json-invalid-argument",
        "JSON text that cannot be parsed is refused with InvalidArgument.",
        ("IMM-COM-ERR-BADJSON",),
        styles={"imm": {"malformed": invalid_argument}},
    ),
    Variation(
        "over-limit-invalid-argument",
        "A list or text over its limit is refused with InvalidArgument.",
        ("IMM-BGFM-URIS-OVER-CODE", "IMM-BIFM-USERDATA-OVER"),
        styles={"imm": {"over_limit": invalid_argument}},
    ),
    Variation(
        "ice-limit-exceeded",
        "ICE refuses a list over its limit with LimitExceededError, as IMM does.",
        ("ICE-GUUI-JOBIDS-MAX-ERR", "ICE-5.15"),
        groups=("ice-invalid-code",),
        styles={"ice": {"over_limit": limit_exceeded}},
    ),
    Variation(
        "ice-invalid-parameter",
        "ICE refuses a value with InvalidParameter alone.",
        ("ICE-GUUI-JOBIDS-MAX-ERR", "ICE-5.15"),
        groups=("ice-invalid-code",),
        styles={"ice": _all_invalid(_invalid_parameter)},  # type: ignore[dict-item]
    ),
    Variation(
        "ice-invalid-named",
        "ICE refuses a value with Invalid and the name of its parameter.",
        ("ICE-GUUI-JOBIDS-MAX-ERR", "ICE-5.15"),
        groups=("ice-invalid-code",),
        styles={"ice": _all_invalid(_invalid_named)},  # type: ignore[dict-item]
    ),
    Variation(
        "no-recommend",
        "An error body has no Recommend.",
        ("IMM-COM-ERR-RECOMMEND", "RPC-ERR-RECOMMEND"),
        after=_refused(lambda payload, _call, _emulator: without("Recommend")(payload)),
    ),
    Variation(
        "other-host-id",
        "HostId is the endpoint of a region, whatever host was called.",
        ("RPC-ERR-HOSTID",),
        after=_refused(_other_host),
    ),
    Variation(
        "unknown-key-400",
        "An unknown key is refused with HTTP 400.",
        ("RPC-V3-UNKNOWN-KEY-404", "RPC-9.2"),
        groups=("unknown-key",),
        after=_recoded("InvalidAccessKeyId.NotFound", status=400),
    ),
    Variation(
        "wrong-signature-403",
        "A wrong signature is refused with HTTP 403.",
        ("RPC-V3-BADSIG-400", "RPC-9.3"),
        groups=("wrong-signature",),
        after=_recoded("SignatureDoesNotMatch", status=403),
    ),
    Variation(
        "no-signatures",
        "No signature is verified, as in most emulators; the kit judges none then.",
        ("design: a target that verifies no signatures",),
        groups=("unknown-key", "wrong-signature", "signature-parts", "malformed-time"),
        verifies_signatures=False,
    ),
    Variation(
        "incomplete-signature",
        "A query-signed request without a part is refused with IncompleteSignature.",
        ("RPC-MISSING-COMMON",),
        groups=("signature-parts",),
        after=_recoded("Missing(AccessKeyId|Signature)", code="IncompleteSignature"),
    ),
    Variation(
        "illegal-timestamp",
        "A malformed time is refused with the code of the older gateway.",
        ("RPC-TIME-FORMAT", "rpc-protocol.md 7"),
        groups=("malformed-time",),
        after=_recoded("InvalidTimeStamp.Format", code="IllegalTimestamp"),
    ),
    Variation(
        "unknown-api",
        "An unknown action is refused with the older InvalidApi.NotFound.",
        ("RPC-ACTION-UNKNOWN",),
        after=_recoded("InvalidAction.NotFound", code="InvalidApi.NotFound"),
    ),
    Variation(
        "unknown-version-404",
        "An unknown version is refused with HTTP 404.",
        ("RPC-VERSION-UNKNOWN", "RPC-9.11"),
        after=_recoded("InvalidVersion", status=404),
    ),
    Variation(
        "method-403",
        "A method that is not served is refused with HTTP 403.",
        ("RPC-METHOD-OTHER", "RPC-9.4"),
        groups=("method-status",),
        after=_recoded("UnsupportedHTTPMethod", status=403),
    ),
    Variation(
        "method-405",
        "A method that is not served is refused with HTTP 405.",
        ("RPC-METHOD-OTHER", "RPC-9.4"),
        groups=("method-status",),
        after=_recoded("UnsupportedHTTPMethod", status=405),
    ),
    Variation(
        "throttling-429",
        "A call over the quota is refused with HTTP 429.",
        ("RPC-THROTTLE", "RPC-9.7"),
        after=_recoded("Throttling.*", status=429),
    ),
    Variation(
        "forbidden-ram",
        "A call without permission is refused with Forbidden.RAM, without AccessDeniedDetail.",
        ("RPC-FORBIDDEN",),
        after=lambda call, answer, emulator: _refused(
            lambda payload, _call, _emulator: without("AccessDeniedDetail")(payload)
        )(call, _recoded("NoPermission", code="Forbidden.RAM")(call, answer, emulator), emulator),
    ),
    Variation(
        "unknown-batch-job-400",
        "An unknown batch job is refused with HTTP 400.",
        ("ICE-GBMPJ-UNKNOWN", "ICE-5.16"),
        groups=("unknown-batch-job",),
        after=_recoded("JobNotFound", status=400),
    ),
    Variation(
        "unknown-batch-job-invalid",
        "An unknown batch job is refused with HTTP 400 and InvalidParameter.",
        ("ICE-GBMPJ-UNKNOWN", "ICE-5.16"),
        groups=("unknown-batch-job",),
        after=_recoded("JobNotFound", status=400, code="InvalidParameter"),
    ),
)
