"""The log itself: its form, its schema, and that no secret is in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.exchange import Call
from conformance.secret import Secret
from conformance.services import PROVISIONING
from conformance.wire import Client, Credentials, Endpoint
from conformance.wire.addressing import Resolving
from conformance.wire.scrubbing import Scrubber
from openapi import load_contract
from reports.schemas import load_schema

SECRET = "q7/Ju+Distinctive=Secret0123"
TOKEN = "CAIS/tok+Distinct==token99"


@pytest.mark.parametrize("select", ["GetTask/behavior/status-final", "Notifications/behavior/*"])
def test_every_line_follows_the_schema(record: Any, tmp_path: Path, select: str) -> None:
    """Header, exchanges, messages, verdicts and footer are as the published schema says."""
    record(select=(select,))
    validator = Draft202012Validator(load_schema("run"))

    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    wrong = [error.message for line in lines for error in validator.iter_errors(line)]

    assert wrong == []
    assert {line["kind"] for line in lines} == {"header", "exchange", "verdict", "footer"}


@pytest.mark.parametrize("name", ["run", "target", "waivers"])
def test_schemas_are_schemas(name: str) -> None:
    """What is shipped is valid JSON Schema."""
    Draft202012Validator.check_schema(load_schema(name))


def test_lines_are_written_as_the_run_goes(record: Any, tmp_path: Path) -> None:
    """A run that ended without closing anything has left all its lines on disk."""
    record(select=("GetTask/behavior/*",), cases=1)

    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]

    assert (lines[-1]["kind"], lines[-1]["end"]) == ("verdict", "done")


@pytest.mark.parametrize(
    "shown",
    [
        "q7/Ju+Distinctive=Secret0123",
        "q7%2FJu%2BDistinctive%3DSecret0123",
        "q7%2fJu%2bDistinctive%3dSecret0123",
        "q7%252FJu%252BDistinctive%253DSecret0123",
        "q7\\/Ju+Distinctive=Secret0123",
        "q7\\u002FJu\\u002bDistinctive\\u003dSecret0123",
        "q7&#47;Ju&#43;Distinctive&#x3D;Secret0123",
    ],
)
def test_secret_is_taken_out_however_it_is_escaped(shown: str) -> None:
    """An answer that holds the secret in any escape loses it."""
    assert Scrubber([SECRET]).clean(f"before {shown} after".encode()) == b"before *** after"


@pytest.mark.parametrize("secret", ["test", "conformance-1"])
def test_word_that_is_no_secret_is_left(secret: str) -> None:
    """A short key, and one that the request says in clear, take nothing out of answers."""
    body = b'{"ProjectName":"conformance-1","URI":"oss://test/a.jpg"}'

    assert Scrubber([secret]).clean(body, public=lambda: b"ProjectName=conformance-1") == body


def test_echoed_secrets_are_in_no_exchange() -> None:
    """A target that sends back headers and parameters gives away neither secret, token nor signature."""
    import httpx

    seen: list[httpx.Request] = []

    def echo(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        told = {"Message": f"{request.url} {dict(request.headers)} {SECRET}"}
        return httpx.Response(400, json=told, headers={"x-echo": request.headers["authorization"]})

    client = Client(
        Resolving(httpx.MockTransport(echo)),
        {"imm": Endpoint("http://imm.test", "2020-09-30"), "ice": Endpoint("http://ice.test", "2020-11-09")},
        Credentials("LTAIexample", Secret(SECRET), Secret(TOKEN)),
        operations=load_contract().operations,
        services=PROVISIONING,
    )

    exchange = client.send(Call("GetTask", {"ProjectName": "p", "TaskType": "t", "TaskId": "i"}))

    signature = seen[0].headers["authorization"].rpartition("Signature=")[2]
    assert all(text not in repr(exchange) for text in (SECRET, TOKEN, signature))
    assert exchange.answer is not None
    assert exchange.answer.code == ""
