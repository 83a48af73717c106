"""The server through httpx, ASGI and a socket."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from emulator import Emulator, EmulatorTransport, asgi_app, serve
from tests.serving import on_a_socket

HEADERS = {"x-acs-action": "GetUrlUploadInfos", "x-acs-version": "2020-11-09"}


@pytest.fixture
def address() -> Iterator[str]:
    """Serve an emulator on a free port until the test is over."""
    with on_a_socket(Emulator()) as text:
        yield text


def test_transport_answers_a_client(emulator: Emulator) -> None:
    """An httpx client talks to the emulator without a socket."""
    with httpx.Client(transport=EmulatorTransport(emulator), base_url="http://ice.local") as client:
        response = client.post("/", params={"JobIds": "a b,c"}, headers=HEADERS)

    assert response.json()["NonExists"] == ["a b", "c"]
    assert response.headers["x-acs-request-id"] == response.json()["RequestId"]


def test_transport_passes_forms(emulator: Emulator) -> None:
    """A form body reaches the emulator."""
    with httpx.Client(transport=EmulatorTransport(emulator), base_url="http://ice.local") as client:
        response = client.post("/", data={"JobIds": "ä"}, headers=HEADERS)

    assert response.json()["NonExists"] == ["ä"]


def test_socket_answers(address: str) -> None:
    """The served address answers with the host that was asked."""
    response = httpx.put(address, headers=HEADERS)

    assert response.status_code == 400
    assert f"http://{response.json()['HostId']}" == address


def test_socket_takes_chunks(address: str) -> None:
    """A chunked form body is put together."""
    pieces = iter([b"JobIds=a", b"%2C", b"b"])
    headers = HEADERS | {"content-type": "application/x-www-form-urlencoded"}

    response = httpx.post(address, content=pieces, headers=headers)

    assert response.json()["NonExists"] == ["a", "b"]


def test_socket_takes_long_queries(address: str) -> None:
    """A query of 100 long URIs is answered."""
    uris = json.dumps([f"oss://bucket/{number}{'ä' * 500}" for number in range(100)], ensure_ascii=False)
    query = urlencode({"ProjectName": "p", "DatasetName": "d", "URIs": uris})
    headers = {"x-acs-action": "BatchGetFileMeta", "x-acs-version": "2020-09-30"}

    # httpx refuses to send more than 65536 characters.
    with closing(HTTPConnection(address.removeprefix("http://"), timeout=10)) as connection:
        connection.request("POST", f"/?{query}", headers=headers)
        body = json.loads(connection.getresponse().read())

    assert body["Code"] == "ResourceNotFound"


@pytest.mark.parametrize("path", ["/", ""])
def test_socket_takes_the_target_of_a_proxy(address: str, path: str) -> None:
    """A request for a whole URL, as clients send it to a proxy, is answered like one for its path."""
    with closing(HTTPConnection(address.removeprefix("http://"), timeout=10)) as connection:
        connection.request("POST", f"http://ice.cn-shanghai.aliyuncs.com{path}?JobIds=a", headers=HEADERS)
        body = json.loads(connection.getresponse().read())

    assert body["NonExists"] == ["a"]


def test_answer_says_how_long_the_connection_is_kept(address: str) -> None:
    """A client that polls learns how long it may wait on one connection."""
    response = httpx.post(address, params={"JobIds": "a"}, headers=HEADERS)

    assert response.headers["keep-alive"] == "timeout=25"


def test_connection_is_kept(address: str) -> None:
    """Several requests go over one connection."""
    with httpx.Client() as client:
        statuses = [client.post(address, params={"JobIds": "a"}, headers=HEADERS).status_code for _ in range(3)]

    assert statuses == [200] * 3


def test_address_in_use_is_reported() -> None:
    """A port that is taken raises OSError at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match="in use"):
            serve(Emulator(), "127.0.0.1", port, print)


def run_app(scope: dict[str, Any], messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the ASGI application over messages and return what it sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def call() -> None:
        await asgi_app(Emulator())(scope, receive, send)

    asyncio.run(call())
    return sent


def test_lifespan() -> None:
    """Start and end of a server are acknowledged."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    sent = run_app({"type": "lifespan"}, messages)

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_client_that_went_away_is_not_answered() -> None:
    """Nothing is sent to a client that disconnected before its request was complete."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.disconnect"},
    ]

    assert run_app({"type": "http"}, messages) == []


def test_other_scopes_are_refused() -> None:
    """WebSocket connections are not served."""
    with pytest.raises(ValueError, match='found "websocket"'):
        run_app({"type": "websocket"}, [])


def test_threads_share_one_memory(emulator: Emulator) -> None:
    """Calls of several threads do not disturb each other."""
    ids: list[str] = []

    def work() -> None:
        with httpx.Client(transport=EmulatorTransport(emulator), base_url="http://ice.local") as client:
            for _ in range(50):
                reply = client.post("/", params={"JobIds": "a"}, headers=HEADERS)
                ids.append(reply.json()["RequestId"])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(ids)) == 200
