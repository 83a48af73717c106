"""Targets given as `module:app`: WSGI in process, ASGI on a port of this machine."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.exchange import Call, Exchange
from conformance.target import TargetError, connect, read_target
from openapi import load_contract

WSGI = """\
import json

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"RequestId": environ["HTTP_X_ACS_ACTION"]}).encode()]

class Server:
    def __call__(self, environ, start_response):
        return app(environ, start_response)

server = Server()

class Holder:
    inner = server

def broken(environ, start_response):
    raise RuntimeError("out of order")

value = 5
"""
ASGI = """\
import json

async def app(scope, receive, send):
    assert scope["type"] == "http"
    headers = dict(scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    body = json.dumps({"RequestId": headers[b"x-acs-action"].decode()}).encode()
    await send({"type": "http.response.body", "body": body})

class Server:
    async def __call__(self, scope, receive, send):
        await app(scope, receive, send)

server = Server()

def wrapped(scope, receive, send):
    return app(scope, receive, send)

async def sick(scope, receive, send):
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
"""
MODULES = {
    "wsgi_target": WSGI,
    "asgi_target": ASGI,
    "raising_target": "raise ValueError('not today')\n",
    "leaving_target": "import sys\nsys.exit(0)\n",
}


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the modules into the working folder, and forget them afterwards."""
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def answered() -> Iterator[Callable[[str], Exchange]]:
    """Return the function that sends one call to an app."""
    connections = []

    def send(given: str) -> Exchange:
        connection = connect(read_target(given, {}), load_contract())
        connections.append(connection)
        return connection.send(Call("GetTask", {"ProjectName": "p", "TaskType": "t", "TaskId": "i"}))

    yield send
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("given", ["wsgi_target:app", "wsgi_target:server", "wsgi_target:Holder.inner"])
def test_wsgi(given: str, answered: Callable[[str], Exchange]) -> None:
    """A WSGI app of the working folder answers, be it a function or an object."""
    assert answered(given).value == {"RequestId": "GetTask"}


@pytest.mark.parametrize("given", ["asgi_target:app", "asgi_target:server", "asgi_target:wrapped"])
def test_asgi(given: str, answered: Callable[[str], Exchange]) -> None:
    """An ASGI app of the working folder answers, be it a function or an object."""
    assert answered(given).value == {"RequestId": "GetTask"}


def test_wsgi_is_in_process() -> None:
    """A WSGI app costs no socket."""
    connection = connect(read_target("wsgi_target:app", {}), load_contract())

    assert connection.in_process
    connection.close()


def test_raising_app(answered: Callable[[str], Exchange]) -> None:
    """A WSGI app that raises gave no answer; that is its fault, not an error of the kit."""
    exchange = answered("wsgi_target:broken")

    assert exchange.answer is None
    assert "RuntimeError: out of order" in exchange.failure


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("no_such_module:app", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("wsgi_target:none", "cannot be loaded: AttributeError: module 'wsgi_target' has no attribute 'none'"),
        ("wsgi_target:value", "is a int, not a WSGI or ASGI app"),
        ("raising_target:app", "cannot be loaded: ValueError: not today"),
        ("leaving_target:app", "cannot be loaded: SystemExit: 0"),
    ],
)
def test_what_is_no_app(given: str, reason: str) -> None:
    """What cannot be loaded or is no app is refused with the reason."""
    with pytest.raises(TargetError) as caught:
        connect(read_target(given, {}), load_contract())

    assert str(caught.value) == f"--target '{given}' {reason}"


def test_asgi_that_does_not_start() -> None:
    """An ASGI app whose start fails is refused at once."""
    with pytest.raises(TargetError, match="'asgi_target:sick': the ASGI app did not start"):
        connect(read_target("asgi_target:sick", {}), load_contract())


def test_path_is_left_as_it_was() -> None:
    """Loading an app leaves the import path as it was."""
    before = list(sys.path)

    connect(read_target("wsgi_target:app", {}), load_contract()).close()

    assert sys.path == before
