"""What is signed properly is accepted, everything else is refused with the documented code."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

import pytest

from emulator import Emulator, Request, signatures
from emulator.http import FORM_TYPE, decoded_pairs, header_values
from tests.emulator.conftest import StillClock

KEY, SECRET, STS_KEY, TOKEN = "key-1", "secret-1", "STS.key-2", "token-2"
DATE = "2024-05-06T07:08:09Z"
QUERY = urlencode({"JobIds": "a b,c*~(1)"})


@pytest.fixture
def server(clock: StillClock) -> Emulator:
    """Return an emulator with a lasting and a temporary key."""
    return Emulator(clock=clock, credentials={KEY: SECRET, STS_KEY: SECRET}, tokens={STS_KEY: TOKEN})


def header_signed(
    extra: Mapping[str, str] | None = None,
    *,
    key_id: str = KEY,
    secret: str = SECRET,
    query: str = QUERY,
    body: bytes = b"",
    unsigned: tuple[str, ...] = (),
) -> Request:
    """Return a header-signed request; all headers are signed but those named."""
    headers = {
        "host": "127.0.0.1:8089",
        "x-acs-action": "GetUrlUploadInfos",
        "x-acs-version": "2020-11-09",
        "x-acs-date": DATE,
        "x-acs-signature-nonce": "nonce-1",
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **(extra or {}),
    }
    signed = sorted(set(headers) - set(unsigned))
    canonical = signatures.canonical_request(
        "POST",
        decoded_pairs(query.encode()),
        header_values(tuple(headers.items())),
        signed,
        headers["x-acs-content-sha256"],
    )
    signature = signatures.header_signature(secret, signatures.header_string_to_sign(canonical))
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={';'.join(signed)},Signature={signature}"
    )
    return Request("POST", "/", query, tuple(headers.items()), body)


def query_signed(method: str = "GET", secret: str = SECRET, **changes: str) -> str:
    """Return the parameters of a query-signed request."""
    params = {
        "Action": "GetUrlUploadInfos",
        "Version": "2020-11-09",
        "Format": "JSON",
        "JobIds": "a b,c*~(1)",
        "Timestamp": DATE,
        "SignatureNonce": "nonce-1",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureType": "",
        "AccessKeyId": KEY,
        **changes,
    }
    query = urlencode(params)
    string_to_sign = signatures.query_string_to_sign(method, decoded_pairs(query.encode()))
    return f"{query}&Signature={quote(signatures.query_signature(secret, string_to_sign), safe='')}"


def in_query(method: str, query: str) -> Request:
    """Return a request with all parameters in the query."""
    return Request(method, "/", query, (("host", "127.0.0.1:8089"),), b"")


def outcome(server: Emulator, request: Request) -> tuple[int, str]:
    """Send a request and return the status and the code of the answer."""
    response = server.handle(request)
    return response.status, json.loads(response.body).get("Code", "")


def message(server: Emulator, request: Request) -> str:
    """Send a request and return the message of its refusal."""
    return str(json.loads(server.handle(request).body)["Message"])


def with_header(request: Request, name: str, value: str) -> Request:
    """Return a request with another value of one header."""
    return replace(request, headers=tuple((key, value if key == name else old) for key, old in request.headers))


def test_header_signature_is_accepted(server: Emulator) -> None:
    """A correct header-signed request is accepted."""
    assert outcome(server, header_signed()) == (200, "")


@pytest.mark.parametrize("extra", [{"accept": "application/json"}, {"user-agent": "x/1", "x-acs-anything": "1"}])
def test_any_further_headers_may_be_signed(server: Emulator, extra: dict[str, str]) -> None:
    """More signed headers than the base ones verify."""
    assert outcome(server, header_signed(extra)) == (200, "")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_signed_headers_may_hold_any_characters(server: Emulator, encoding: str) -> None:
    """A client signs what it means, and sends its headers in one encoding or the other."""
    request = header_signed({"user-agent": "Zo\u00eb/1"})
    arrived = "Zo\u00eb/1".encode(encoding).decode("latin-1")

    assert outcome(server, with_header(request, "user-agent", arrived)) == (200, "")


def test_unsigned_content_type_is_accepted(server: Emulator) -> None:
    """A content type that is not signed does no harm to an empty body."""
    request = header_signed({"content-type": "application/octet-stream"}, unsigned=("content-type",))

    assert outcome(server, request) == (200, "")


@pytest.mark.parametrize("query", ["JobIds=a+b%2Cc%2A~%281%29", "JobIds=a%20b,c*~(1)", "JobIds=a%20b%2cc*%7E(1)"])
def test_encodings_of_the_query_are_equal(server: Emulator, query: str) -> None:
    """The signature covers the decoded parameters, not their spelling."""
    assert outcome(server, replace(header_signed(), query=query)) == (200, "")


def test_a_signed_header_with_several_values_is_sorted(server: Emulator) -> None:
    """Several values of one header are signed in sorted order."""
    request = header_signed({"x-acs-list": "a,b"})
    headers = [header for header in request.headers if header[0] != "x-acs-list"]

    repeated = replace(request, headers=(*headers, ("x-acs-list", "b"), ("X-Acs-List", " a ")))

    assert outcome(server, repeated) == (200, "")


def test_wrong_secret_is_refused(server: Emulator) -> None:
    """A signature made with another secret is refused."""
    assert outcome(server, header_signed(secret="other")) == (400, "SignatureDoesNotMatch")


def test_changed_query_is_refused(server: Emulator) -> None:
    """A query value that was changed after signing is refused."""
    assert outcome(server, replace(header_signed(), query="JobIds=b")) == (400, "SignatureDoesNotMatch")


@pytest.mark.parametrize("body", [b"InputConfig=%7B%7D", b"x"])
def test_changed_body_is_refused(server: Emulator, body: bytes) -> None:
    """A body that was changed after signing is refused."""
    assert outcome(server, replace(header_signed(), body=body)) == (400, "SignatureDoesNotMatch")


def test_changed_action_is_refused(server: Emulator) -> None:
    """A signed header that was changed is refused."""
    request = with_header(header_signed(), "x-acs-action", "GetBatchMediaProducingJob")

    assert outcome(server, request) == (400, "SignatureDoesNotMatch")


def test_unknown_key_is_refused(server: Emulator) -> None:
    """An unknown key id is refused with 404."""
    assert outcome(server, header_signed(key_id="nobody")) == (404, "InvalidAccessKeyId.NotFound")


def test_message_shows_the_canonical_request(server: Emulator) -> None:
    """The refusal of a header signature names the string to sign and the canonical request, behind colons."""
    text = message(server, header_signed(secret="other"))

    assert "string to sign is:[ACS3-HMAC-SHA256\n" in text
    assert "canonical request is:[POST\n/\nJobIds=a%20b%2Cc%2A~%281%29\n" in text


@pytest.mark.parametrize(
    "name", ["host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"]
)
def test_base_headers_must_be_signed(server: Emulator, name: str) -> None:
    """A request whose signature leaves out a base header is refused."""
    assert outcome(server, header_signed(unsigned=(name,))) == (400, "IncompleteSignature")


def test_a_signed_header_must_be_there(server: Emulator) -> None:
    """A signed header that is not in the request is refused."""
    request = header_signed({"accept": "*/*"})
    headers = tuple(header for header in request.headers if header[0] != "accept")

    assert outcome(server, replace(request, headers=headers)) == (400, "IncompleteSignature")


@pytest.mark.parametrize("value", ["ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=key-1", "ACS3-RSA-SHA256 x=y"])
def test_malformed_authorization_is_refused(server: Emulator, value: str) -> None:
    """An authorization header with missing parts is refused."""
    request = with_header(header_signed(), "Authorization", value)

    assert outcome(server, request) == (400, "IncompleteSignature")


def test_other_algorithm_is_refused(server: Emulator) -> None:
    """Algorithms that are not served are refused."""
    request = header_signed()
    authorization = dict(request.headers)["Authorization"].replace("ACS3-HMAC-SHA256", "ACS3-HMAC-SM3")

    assert outcome(server, with_header(request, "Authorization", authorization)) == (400, "IncompleteSignature")


def test_bearer_authorization_is_refused(server: Emulator) -> None:
    """An authorization of another scheme is refused."""
    request = with_header(header_signed(), "Authorization", "Bearer abc")

    assert outcome(server, request) == (400, "IncompleteSignature")


def test_token_of_a_temporary_key_is_accepted(server: Emulator) -> None:
    """A temporary key is accepted together with its token."""
    request = header_signed({"x-acs-security-token": TOKEN, "x-acs-accesskey-id": STS_KEY}, key_id=STS_KEY)

    assert outcome(server, request) == (200, "")


def test_unsigned_token_is_refused(server: Emulator) -> None:
    """A token that is not signed is refused."""
    extra = {"x-acs-security-token": TOKEN}
    request = header_signed(extra, key_id=STS_KEY, unsigned=("x-acs-security-token",))

    assert outcome(server, request) == (400, "IncompleteSignature")


def test_missing_token_is_refused(server: Emulator) -> None:
    """A temporary key without its token is refused."""
    assert outcome(server, header_signed(key_id=STS_KEY)) == (400, "MissingSecurityToken")


def test_wrong_token_is_refused(server: Emulator) -> None:
    """A temporary key with another token is refused."""
    request = header_signed({"x-acs-security-token": "other"}, key_id=STS_KEY)

    assert outcome(server, request) == (400, "InvalidSecurityToken.MismatchWithAccessKey")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024-05-06T06:53:10Z", (200, "")),
        ("2024-05-06T06:53:08Z", (400, "InvalidTimeStamp.Expired")),
        ("2024-05-06T07:23:09Z", (200, "")),
        ("2024-05-06T07:23:11Z", (400, "InvalidTimeStamp.Expired")),
        ("2024-05-06 07:08:09", (400, "InvalidTimeStamp.Format")),
        ("2024-02-30T07:08:09Z", (400, "InvalidTimeStamp.Format")),
        ("2024-05-06T07:08:09+00:00", (400, "InvalidTimeStamp.Format")),
    ],
)
def test_time_of_a_request(server: Emulator, date: str, expected: tuple[int, str]) -> None:
    """A time within 15 minutes is accepted, either way; others and other forms are refused."""
    assert outcome(server, header_signed({"x-acs-date": date})) == expected


def test_replay_is_refused(server: Emulator) -> None:
    """The same signed request is accepted once only."""
    outcome(server, header_signed())

    assert outcome(server, header_signed()) == (400, "SignatureNonceUsed")


def test_replay_is_refused_until_its_time_is_over(server: Emulator, clock: StillClock) -> None:
    """A request dated ahead cannot be repeated as long as its time is valid."""
    request = header_signed({"x-acs-date": "2024-05-06T07:23:00Z"})
    outcome(server, request)
    clock.advance(1700)

    assert outcome(server, request) == (400, "SignatureNonceUsed")


def test_nonce_is_kept_for_each_key(server: Emulator) -> None:
    """Two keys may use the same nonce."""
    outcome(server, header_signed())

    assert outcome(server, header_signed({"x-acs-security-token": TOKEN}, key_id=STS_KEY)) == (200, "")


def test_refused_request_does_not_use_its_nonce(server: Emulator) -> None:
    """Nobody can use up the nonces of a key without its secret."""
    outcome(server, header_signed(secret="other"))

    assert outcome(server, header_signed()) == (200, "")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_query_signature_is_accepted(server: Emulator, method: str) -> None:
    """A correct query-signed request with all parameters in the query is accepted, empty ones included."""
    assert outcome(server, in_query(method, query_signed(method))) == (200, "")


def test_query_signature_in_a_form_is_accepted(server: Emulator) -> None:
    """A correct query-signed request with all parameters in the body is accepted."""
    headers = (("host", "127.0.0.1:8089"), ("Content-Type", f"{FORM_TYPE}; charset=UTF-8"))
    request = Request("POST", "/", "", headers, query_signed("POST").encode())

    assert outcome(server, request) == (200, "")


def test_query_signature_goes_before_action_header(server: Emulator) -> None:
    """Headers with action and version do not make a query-signed request a header-signed one."""
    headers = (("host", "h"), ("x-acs-action", "Other"), ("x-acs-version", "2020-11-09"))

    assert outcome(server, Request("GET", "/", query_signed(), headers, b"")) == (200, "")


def test_query_signature_covers_the_method(server: Emulator) -> None:
    """Parameters that were signed for GET are refused on POST."""
    assert outcome(server, in_query("POST", query_signed("GET"))) == (400, "SignatureDoesNotMatch")


def test_query_signature_with_wrong_secret_shows_the_string_to_sign(server: Emulator) -> None:
    """The refusal of a query signature ends in the server's string to sign, behind a colon."""
    query = query_signed(secret="other")

    expected = signatures.query_string_to_sign("GET", decoded_pairs(query.encode()))
    assert message(server, in_query("GET", query)).endswith(f"server string to sign is:{expected}")


@pytest.mark.parametrize("name", ["AccessKeyId", "SignatureMethod", "SignatureNonce", "SignatureVersion", "Timestamp"])
def test_common_parameters_are_required(server: Emulator, name: str) -> None:
    """A query-signed request without a common parameter is refused with the name of that parameter."""
    assert outcome(server, in_query("GET", query_signed(**{name: ""}))) == (400, f"Missing{name}")


def test_signature_is_required(server: Emulator) -> None:
    """A request with a key id but no signature is refused."""
    query = query_signed().partition("&Signature=")[0]

    assert outcome(server, in_query("GET", query)) == (400, "MissingSignature")


def test_anonymous_request_is_refused(server: Emulator) -> None:
    """A request that names no key is refused."""
    request = in_query("GET", "Action=GetUrlUploadInfos&Version=2020-11-09&JobIds=a")

    assert outcome(server, request) == (400, "MissingAccessKeyId")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SignatureMethod": "HMAC-SHA256"}, "InvalidSignatureMethod"),
        ({"SignatureVersion": "2.0"}, "InvalidSignatureVersion"),
        ({"Timestamp": "2024-05-06T06:08:09Z"}, "InvalidTimeStamp.Expired"),
        ({"Timestamp": "yesterday"}, "InvalidTimeStamp.Format"),
    ],
)
def test_values_of_common_parameters(server: Emulator, changes: dict[str, str], code: str) -> None:
    """A query-signed request with a wrong common parameter is refused."""
    assert outcome(server, in_query("GET", query_signed(**changes))) == (400, code)


def test_signatures_are_not_looked_at_without_credentials(emulator: Emulator) -> None:
    """Without credentials a wrong signature is no fault."""
    assert outcome(emulator, header_signed(secret="other")) == (200, "")


def test_identity_without_permission_is_refused(clock: StillClock) -> None:
    """A key that may not do an action is refused with 403."""
    server = Emulator(clock=clock, credentials={KEY: SECRET}, permissions={KEY: ["imm:GetTask"]})

    assert outcome(server, header_signed()) == (403, "NoPermission")


def test_refusal_of_permission_has_details(clock: StillClock) -> None:
    """The refusal says which RAM action is missing."""
    server = Emulator(clock=clock, credentials={KEY: SECRET}, permissions={KEY: []})

    body = json.loads(server.handle(header_signed()).body)

    assert body["AccessDeniedDetail"]["AuthAction"] == "ice:GetUrlUploadInfos"


def test_identity_with_permission_is_accepted(clock: StillClock) -> None:
    """A key that may do an action is accepted."""
    server = Emulator(clock=clock, credentials={KEY: SECRET}, permissions={KEY: ["ice:GetUrlUploadInfos"]})

    assert outcome(server, header_signed()) == (200, "")
