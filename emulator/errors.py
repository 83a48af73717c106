"""Refusals, with the HTTP status, code and wording that the services document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


class ApiError(Exception):
    """A refusal of a call: what becomes the error envelope."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        detail: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.detail = dict(detail or {})


@dataclass(frozen=True, slots=True)
class ErrorStyle:
    """How one service words the faults of parameters."""

    missing: Callable[[str], ApiError]
    """A required parameter is not there; takes its name."""
    invalid: Callable[[str, str], ApiError]
    """A value is refused; takes the name and what was expected."""
    malformed: Callable[[str, str], ApiError]
    """A text is not JSON; takes the name and the reason."""
    over_limit: Callable[[str, str], ApiError]
    """A value is over its maximum; takes the name and the maximum."""


def invalid_argument(name: str, expected: str) -> ApiError:
    """IMM: a value is not valid (imm.md 1.4)."""
    return ApiError(400, "InvalidArgument", f"The parameter {name} is invalid: {expected}.")


def limit_exceeded(name: str, maximum: str) -> ApiError:
    """IMM: a value or a number of resources is over the maximum (imm.md 1.4)."""
    return ApiError(400, "LimitExceededError", f"The quota of {name} is exceeded: {maximum}.")


def _imm_missing(name: str) -> ApiError:
    return ApiError(400, "InvalidArgument", f"The parameter {name} is required but not provided.")


def _imm_malformed(name: str, reason: str) -> ApiError:
    return ApiError(400, "InvalidJSON", f"JSON parsing error, {name}: {reason}.")


def _ice_missing(name: str) -> ApiError:
    return ApiError(400, "MissingParameter", f"The parameter {name} is required but not provided.")


def _ice_invalid(name: str, expected: str) -> ApiError:
    return ApiError(400, f"InvalidParameter.{name}", f"The parameter {name} is invalid: {expected}.")


IMM_ERRORS = ErrorStyle(_imm_missing, invalid_argument, _imm_malformed, limit_exceeded)
ICE_ERRORS = ErrorStyle(_ice_missing, _ice_invalid, _ice_invalid, _ice_invalid)


def resource_not_found(resource: str) -> ApiError:
    """IMM: a project, dataset, binding or task does not exist (IMM-COM-ERR-NOTFOUND-STATUS)."""
    return ApiError(400, "ResourceNotFound", f"The specified resource {resource} is not found.")


def resource_exists(resource: str) -> ApiError:
    """IMM: a project, dataset or binding exists already."""
    return ApiError(400, "ResourceAlreadyExists", f"The specified resource {resource} already exists.")


def status_conflict(resource: str, left: str) -> ApiError:
    """IMM: a resource cannot be removed while it holds others (IMM-PRV-DELETEPROJECT-CONFLICT)."""
    return ApiError(400, "StatusConflict", f"The specified resource {resource} still has {left}.")


def job_not_found(job_id: str) -> ApiError:
    """ICE: there is no such batch job, or it is too old (ICE-GBMPJ-UNKNOWN)."""
    return ApiError(404, "JobNotFound", f"The specified job is not found: {job_id}.")


def missing_common(name: str) -> ApiError:
    """Gateway: a parameter that every request needs is missing (RPC-MISSING-COMMON)."""
    return ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")


def unsupported_method(method: str) -> ApiError:
    """Gateway: the HTTP method is not served, or not for this action (RPC-METHOD-OTHER)."""
    return ApiError(400, "UnsupportedHTTPMethod", f"The HTTP method {method} is not supported for this action.")


def unknown_version(version: str) -> ApiError:
    """Gateway: the version belongs to no service (RPC-VERSION-UNKNOWN)."""
    return ApiError(400, "InvalidVersion", f"Specified parameter Version is not valid: {version}.")


def unknown_action(action: str) -> ApiError:
    """Gateway: the service has no such action; names are case-sensitive (RPC-ACTION-UNKNOWN)."""
    return ApiError(404, "InvalidAction.NotFound", f"Specified api is not found: {action}.")


def unknown_format(text: str) -> ApiError:
    """Gateway: Format is neither JSON nor XML (rpc-protocol.md 7)."""
    return ApiError(400, "InvalidParameter.Format", f"Specified parameter Format is not valid: {text}.")


def incomplete_signature(reason: str) -> ApiError:
    """Gateway: the signature is malformed, incomplete or of a kind that is not served (rpc-protocol.md 7, 9.13)."""
    return ApiError(400, "IncompleteSignature", f"The request signature does not conform to the standards: {reason}.")


def unknown_key() -> ApiError:
    """Gateway: the key id is not known (RPC-V3-UNKNOWN-KEY)."""
    return ApiError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")


def wrong_token() -> ApiError:
    """Gateway: the security token does not belong to the key."""
    message = "Specified SecurityToken is mismatched with the AccessKey."
    return ApiError(400, "InvalidSecurityToken.MismatchWithAccessKey", message)


def wrong_signature(explanation: str) -> ApiError:
    """Gateway: the signature is not the one computed here; the explanation has a colon (RPC-V1-BADSIG-COLON)."""
    message = f"Specified signature is not matched with our calculation. {explanation}"
    return ApiError(400, "SignatureDoesNotMatch", message)


def nonce_used() -> ApiError:
    """Gateway: the nonce was seen before (RPC-NONCE-REPLAY)."""
    return ApiError(400, "SignatureNonceUsed", "Specified signature nonce was used already.")


def time_expired() -> ApiError:
    """Gateway: the time of the request is too far from that of the server (RPC-TIME-EXPIRED)."""
    return ApiError(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def time_malformed() -> ApiError:
    """Gateway: the time is not ISO 8601 in UTC (RPC-TIME-FORMAT)."""
    return ApiError(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")


def throttled(retry_milliseconds: int) -> ApiError:
    """Gateway: the key is over its quota (RPC-THROTTLE, RPC-THROTTLE-HINT)."""
    message = "Request was denied due to user flow control."
    return ApiError(400, "Throttling.User", message, headers={"x-acs-retry-after": str(retry_milliseconds)})


def not_permitted(ram_action: str, key_id: str) -> ApiError:
    """Gateway: the identity may not do this (RPC-FORBIDDEN)."""
    detail = {
        "AuthAction": ram_action,
        "AuthPrincipalDisplayName": key_id,
        "AuthPrincipalOwnerId": "1022321024670001",
        "AuthPrincipalType": "SubUser",
        "NoPermissionType": "ImplicitDeny",
        "PolicyType": "AccountLevelIdentityBasedPolicy",
    }
    return ApiError(403, "NoPermission", f"You are not authorized to perform {ram_action}.", detail=detail)


def internal_error() -> ApiError:
    """Any operation: the server itself is at fault."""
    return ApiError(500, "InternalError", "The request processing has failed due to some unknown error.")
