"""Whether a request is signed by a known key, in time, and for the first time (rpc-protocol.md 7.1)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from emulator import errors, signatures
from emulator.calls import Call
from emulator.http import Pair, Request, form_pairs, header_values, query_pairs, utf8_values
from emulator.limits import Limits
from emulator.times import nanoseconds, read_utc_seconds, span

_SCHEME: Final = "ACS3-"
_STS_HEADER: Final = "x-acs-security-token"
_BASE_HEADERS: Final = (
    "host",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
)
_COMMON_PARAMETERS: Final = (
    "AccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureNonce",
    "Timestamp",
)


def is_header_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether a request is of the header-signed form; only ``Authorization`` decides (rpc-protocol.md 1)."""
    return headers.get("authorization", "").startswith(_SCHEME)


class Credentials:
    """The keys of a server, with the tokens of those that are temporary."""

    def __init__(self, secrets: Mapping[str, str], tokens: Mapping[str, str], limits: Limits) -> None:
        self._secrets = dict(secrets)
        self._tokens = dict(tokens)
        self._limits = limits

    def verify(self, request: Request, call: Call, now: datetime, nonces: dict[str, dict[str, int]]) -> str:
        """Return the id of the key that signed a request; a request that is not signed properly is refused.

        ``nonces`` remembers what each key has used; the nonce of an accepted request is added (RPC-NONCE-PER-KEY).
        """
        if is_header_signed(call.headers):
            key_id, nonce = self._verify_headers(request, call, now)
        else:
            key_id, nonce = self._verify_parameters(request, call, now)
        self._use_nonce(nonces.setdefault(key_id, {}), nonce, nanoseconds(now))
        return key_id

    def _verify_headers(self, request: Request, call: Call, now: datetime) -> tuple[str, str]:
        authorization = signatures.read_authorization(call.headers["authorization"])
        if authorization is None:
            raise errors.incomplete_signature("Authorization must have Credential, SignedHeaders and Signature")
        if authorization.algorithm != signatures.HEADER_ALGORITHM:
            raise errors.incomplete_signature(f"only {signatures.HEADER_ALGORITHM} is served")
        _check_signed_headers(authorization, call.headers)
        secret = self._secret(authorization.key_id, call.headers.get(_STS_HEADER, ""))
        self._check_time(call.headers["x-acs-date"], now)
        _check_header_signature(request, authorization, secret)
        return authorization.key_id, call.headers["x-acs-signature-nonce"]

    def _verify_parameters(self, request: Request, call: Call, now: datetime) -> tuple[str, str]:
        params = call.params
        if call.headers.get("authorization") or call.headers.get("x-acs-bearer-token") or "BearerToken" in params:
            raise errors.incomplete_signature("only ACS3-HMAC-SHA256 and HMAC-SHA1 are served")
        for name in _COMMON_PARAMETERS:
            if not params.get(name):
                raise errors.missing_common(name)
        if params["SignatureMethod"] != signatures.QUERY_METHOD:
            raise errors.ApiError(400, "InvalidSignatureMethod", "Specified signature method is not valid.")
        if params["SignatureVersion"] != "1.0":
            raise errors.ApiError(400, "InvalidSignatureVersion", "Specified signature version is not valid.")
        secret = self._secret(params["AccessKeyId"], params.get("SecurityToken", ""))
        self._check_time(params["Timestamp"], now)
        _check_query_signature(request, params["Signature"], secret)
        return params["AccessKeyId"], params["SignatureNonce"]

    def _secret(self, key_id: str, token: str) -> str:
        secret = self._secrets.get(key_id)
        if secret is None:
            raise errors.unknown_key()
        expected = self._tokens.get(key_id)
        if expected is not None and not token:
            raise errors.missing_common("SecurityToken")
        if expected is not None and not signatures.equal(expected, token):
            raise errors.wrong_token()
        return secret

    def _check_time(self, text: str, now: datetime) -> None:
        moment = read_utc_seconds(text)
        if moment is None:
            raise errors.time_malformed()
        if abs(now - moment) > timedelta(seconds=self._limits.time_window_seconds):
            raise errors.time_expired()

    def _use_nonce(self, used: dict[str, int], nonce: str, now: int) -> None:
        # A time may lie one window ahead, so a request can be repeated for two.
        oldest = now - span(2 * self._limits.time_window_seconds)
        for known in [known for known, moment in used.items() if moment < oldest]:
            del used[known]
        if nonce in used:
            raise errors.nonce_used()
        used[nonce] = now


def _check_signed_headers(authorization: signatures.Authorization, headers: Mapping[str, str]) -> None:
    for name in authorization.signed_headers:
        if name not in headers:
            raise errors.incomplete_signature(f"the signed header {name} is not in the request")
    for name in (*_BASE_HEADERS, *([_STS_HEADER] if _STS_HEADER in headers else [])):
        if name not in authorization.signed_headers:
            raise errors.incomplete_signature(f"the header {name} must be signed")
        if not headers[name]:
            raise errors.incomplete_signature(f"the header {name} must not be empty")


def _check_header_signature(request: Request, authorization: signatures.Authorization, secret: str) -> None:
    headers = header_values(request.headers)
    claimed = headers["x-acs-content-sha256"][0]
    computed = hashlib.sha256(request.body).hexdigest()
    if not signatures.equal(computed, claimed):
        raise errors.wrong_signature(f"server hash of the body is:{computed}")
    for reading in (utf8_values(headers), headers):
        canonical = signatures.canonical_request(
            request.method, query_pairs(request), reading, authorization.signed_headers, claimed
        )
        string_to_sign = signatures.header_string_to_sign(canonical)
        if signatures.equal(signatures.header_signature(secret, string_to_sign), authorization.signature):
            return
    raise errors.wrong_signature(
        f"server string to sign is:[{string_to_sign}], server canonical request is:[{canonical}]"
    )


def _check_query_signature(request: Request, signature: str, secret: str) -> None:
    pairs: list[Pair] = query_pairs(request) + form_pairs(request)
    string_to_sign = signatures.query_string_to_sign(request.method, pairs)
    if not signatures.equal(signatures.query_signature(secret, string_to_sign), signature):
        raise errors.wrong_signature(f"server string to sign is:{string_to_sign}")
