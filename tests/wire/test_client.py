"""A call becomes the request that its form describes, and whatever comes back becomes an exchange."""

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from conformance.wire.signing import FORM_TYPE

REGION = (("RegionId", "cn-hangzhou"),)


def test_default_form_is_a_signed_post(wire: Any) -> None:
    """Parameters are in the query of a POST without a body, and headers name the operation."""
    wire.send()

    assert wire.last.method == "POST"
    assert wire.last.url == f"http://ice.example.test:8089/?JobIds={'a' * 32}"
    assert wire.last.content == b""
    assert wire.last.headers["x-acs-action"] == "GetUrlUploadInfos"
    assert wire.last.headers["x-acs-version"] == "2020-11-09"
    assert wire.last.headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=the-key,")


def test_service_chooses_endpoint_and_version(wire: Any) -> None:
    """An operation of IMM goes to its endpoint, a provisioning operation too."""
    wire.send("CreateProject", {"ProjectName": "p"})

    assert wire.last.url.host == "imm.example.test"
    assert wire.last.headers["x-acs-version"] == "2020-09-30"


def test_host_is_signed_with_its_port(wire: Any) -> None:
    """The host header has the port of the endpoint."""
    wire.send()

    assert wire.last.headers["host"] == "ice.example.test:8089"
    assert "SignedHeaders=host;" in wire.last.headers["authorization"]


def test_form_has_all_parameters_in_the_body(wire: Any) -> None:
    """In a form the query is empty and the extra parameters are with the others."""
    wire.send(placement="form", extra=REGION)

    assert wire.last.url.query == b""
    assert wire.last.headers["content-type"] == FORM_TYPE
    assert wire.last.content == f"JobIds={'a' * 32}&RegionId=cn-hangzhou".encode()


def test_chunked_form_is_sent_without_a_length(wire: Any) -> None:
    """A body in chunks has no length, and the exchange still knows it."""
    exchange = wire.send(placement="form", chunked=True)

    assert wire.last.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in wire.last.headers
    assert exchange.sent.body == f"JobIds={'a' * 32}".encode()


@pytest.mark.parametrize(
    ("form", "headers", "parameters"),
    [
        ({}, True, False),
        ({"signature": "query"}, True, True),
        ({"signature": "query", "named_by": "parameters"}, False, True),
        ({"signature": "none", "named_by": "both"}, True, True),
        ({"signature": "none", "named_by": "parameters"}, False, True),
    ],
)
def test_operation_is_named_where_the_form_says(
    wire: Any, form: dict[str, Any], headers: bool, parameters: bool
) -> None:
    """The action is in the headers, in the parameters, or in both."""
    wire.send(**form, action="GetTask")

    assert wire.last.headers.get("x-acs-action") == ("GetTask" if headers else None)
    assert wire.last.url.params.get("Action") == ("GetTask" if parameters else None)


@pytest.mark.parametrize("form", [{}, {"signature": "query", "named_by": "parameters"}])
def test_equal_time_and_nonce_make_equal_requests(wire: Any, form: dict[str, Any]) -> None:
    """With time and nonce given, the same bytes are sent twice."""
    fixed = {"time": "2024-01-02T03:04:05Z", "nonce": "0" * 32}

    wire.send(**form, **fixed)
    wire.send(**form, **fixed)

    first, second = wire.received
    assert (first.url, first.headers, first.content) == (second.url, second.headers, second.content)


def test_headers_are_signed_as_the_form_says(wire: Any) -> None:
    """Further headers can be signed, and documented ones left unsigned."""
    octets = (("content-type", "application/octet-stream"),)

    wire.send(headers=octets, also_signed=("accept", "user-agent"), unsigned=("content-type",))

    names = wire.last.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"accept", "user-agent"} <= set(names)
    assert "content-type" not in names


def test_common_parameters_can_be_left_out(wire: Any) -> None:
    """What a query-signed request omits is not in it."""
    wire.send(signature="query", omit=("AccessKeyId", "Signature"))

    assert not {"AccessKeyId", "Signature"} & set(wire.last.url.params)
    assert "SignatureNonce" in wire.last.url.params


def test_given_parameter_takes_the_place_of_a_common_one(wire: Any) -> None:
    """Format is sent once, as the form has it."""
    wire.send(signature="query", extra=(("Format", "XML"),))

    assert wire.last.url.params.get_list("Format") == ["XML"]


def test_temporary_key_sends_its_token(temporary: Any) -> None:
    """The token and the key id are signed headers."""
    temporary.send()

    assert temporary.last.headers["x-acs-security-token"] == "the-security-token"
    assert ";x-acs-accesskey-id;" in f";{temporary.last.headers['authorization'].split('SignedHeaders=')[1]}"


def test_unknown_key_has_no_token(temporary: Any) -> None:
    """A replaced key id does not carry the token of the real one."""
    temporary.send(key_id="nobody")

    assert "Credential=nobody," in temporary.last.headers["authorization"]
    assert "x-acs-security-token" not in temporary.last.headers


def test_redirect_is_not_followed(wire: Any) -> None:
    """Credentials are not carried to where an answer points."""
    wire.answer = lambda request: httpx.Response(302, headers={"location": "http://elsewhere.test/"}, request=request)

    exchange = wire.send()

    assert len(wire.received) == 1
    assert exchange.answer is not None
    assert exchange.answer.status == 302


def _raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectError("refused"), "the connection was refused or failed (refused)"),
        (httpx.ReadTimeout("late"), "no answer came in time (late)"),
        (httpx.RemoteProtocolError("torn"), "the answer broke the HTTP protocol (torn)"),
    ],
)
def test_failure_is_part_of_the_exchange(wire: Any, error: Exception, said: str) -> None:
    """What goes wrong on the way is told in words, not raised."""
    wire.answer = _raising(error)

    exchange = wire.send()

    assert exchange.answer is None
    assert exchange.failure == said


def test_answer_has_lower_case_header_names(wire: Any) -> None:
    """Headers of an answer are found whatever case they came in."""
    wire.answer = lambda request: httpx.Response(400, headers={"X-Acs-Request-Id": "7"}, json={}, request=request)

    exchange = wire.send()

    assert exchange.answer is not None
    assert exchange.answer.headers["x-acs-request-id"] == "7"


@pytest.mark.parametrize(
    ("packed", "encoding", "told"),
    [
        (gzip.compress(b'{"RequestId": "1"}')[:-8], "gzip", b"the packed content is cut"),
        (zlib.compress(b'{"RequestId": "1"}'), "gzip", b"incorrect header check"),
        (b"{}", "br", b"the content encoding 'br' was not asked for"),
    ],
    ids=["cut", "of another kind", "not asked for"],
)
def test_content_that_cannot_be_unpacked_is_an_answer(wire: Any, packed: bytes, encoding: str, told: bytes) -> None:
    """A server that packs badly has answered, and what is no JSON object is judged like any other."""

    def answer(request: httpx.Request) -> httpx.Response:
        stream = httpx.ByteStream(packed)
        return httpx.Response(200, headers={"content-encoding": encoding}, stream=stream, request=request)

    wire.answer = answer

    exchange = wire.send()

    assert (exchange.answer.status, exchange.answer.value) == (200, None)
    assert exchange.answer.undecoded.startswith("the answer's content encoding could not be decoded (")
    assert told in exchange.answer.body


@pytest.mark.parametrize("window", [zlib.MAX_WBITS, -zlib.MAX_WBITS])
def test_deflate_comes_with_and_without_a_header(wire: Any, window: int) -> None:
    """Both are called deflate."""
    packer = zlib.compressobj(wbits=window)
    packed = packer.compress(b'{"RequestId": "1"}') + packer.flush()
    wire.answer = lambda request: httpx.Response(
        200, headers={"content-encoding": "deflate"}, stream=httpx.ByteStream(packed), request=request
    )

    assert wire.send().answer.value == {"RequestId": "1"}
