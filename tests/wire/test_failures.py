"""Requests that cannot be sent: outcomes in words, which show nothing that a header holds."""

import socket
from collections.abc import Callable

import httpx
import pytest

from conformance.exchange import Call, Exchange
from conformance.secret import Secret
from conformance.wire import Client, Credentials, Endpoint
from conformance.wire.scrubbing import Scrubber
from conformance.wire.transport import BoundedTransport
from openapi import load_contract

TOKEN = "hidden/token+of'the\\key"
CALL = Call("GetTask", {"ProjectName": "p", "TaskType": "t", "TaskId": "i"})

Raise = Callable[[httpx.Request], Exception]


def sent(transport: httpx.BaseTransport, *, url: str = "http://127.0.0.1:1", token: str = TOKEN) -> Exchange:
    """Send one signed call and return what came of it."""
    credentials = Credentials("hidden-id", Secret("hidden-secret"), Secret(token))
    endpoints = {"imm": Endpoint(url, "2020-09-30")}
    operations = load_contract().operations
    client = Client(transport, endpoints, credentials, operations=operations, services={})
    exchange = client.send(CALL)
    client.close()
    return exchange


def failing(make: Raise) -> httpx.MockTransport:
    """Return a transport that fails with an error about the request."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise make(request)

    return httpx.MockTransport(handle)


@pytest.mark.parametrize("token", [f"{TOKEN}\r", f"{TOKEN}\n ", f"\x00{TOKEN}"])
def test_header_that_the_library_refuses(token: str) -> None:
    """What the HTTP library quotes of a header that it refuses is not shown."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        exchange = sent(BoundedTransport(), url=url, token=token)

    assert exchange.failure == "the request broke the HTTP protocol (Illegal header value ***)"


@pytest.mark.parametrize("name", ["x-acs-security-token", "authorization"])
@pytest.mark.parametrize("quote", [str, repr, lambda text: repr(text.encode()), lambda text: "x" * 390 + text])
def test_error_that_quotes_a_header(name: str, quote: Callable[[str], str]) -> None:
    """No error shows a header that proves the identity, however it quotes that and wherever it is clipped."""
    exchange = sent(failing(lambda request: httpx.ReadError(f"lost {quote(request.headers[name])}")))

    assert exchange.failed == "broken"
    assert "hidden" not in exchange.failure.replace("hidden-id", "")


@pytest.mark.parametrize("url", ["http://..:1", f"http://{'a' * 300}.invalid"])
def test_host_that_cannot_be_asked_for(url: str) -> None:
    """A host name that cannot be looked up is a target that is not reached."""
    exchange = sent(BoundedTransport(), url=url)

    assert exchange.failed == "unreached"
    assert exchange.failure.startswith("the address or a header cannot be sent: Unicode")


def test_token_that_cannot_be_encoded() -> None:
    """A token with letters that no header holds is no defect of the kit either."""
    assert sent(BoundedTransport(), token="hidden-ü").failed == "unreached"


def test_invalid_url_that_quotes_a_password() -> None:
    """What the library says of a URL that it refuses is not shown."""
    exchange = sent(failing(lambda _: httpx.InvalidURL("Invalid port: 'hidden'")))

    assert exchange.failure == "the address or a header cannot be sent: InvalidURL"


def test_text_that_is_almost_a_secret() -> None:
    """A text that differs from a secret at its end alone is looked through in no time."""
    signature = "a=,/+-'\"\\é\x1b\r€" * 40

    assert Scrubber((f"{signature}b",)).text(f"{signature}c") == f"{signature}c"


@pytest.mark.parametrize("secret", ["hidden-tökén\r", "hidden\\token", "hidden'token\"", "hidden\x1btoken"])
@pytest.mark.parametrize("quote", [repr, lambda text: repr(text.encode()), ascii])
def test_python_escapes_are_known(secret: str, quote: Callable[[str], str]) -> None:
    """A secret is found in whatever way Python quotes it."""
    assert "hidden" not in Scrubber((secret,)).text(f"b {quote(secret)} e")
