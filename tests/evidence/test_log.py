"""The log itself: its form, its schema, and that no secret is in it."""

import html
import itertools
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

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

ESCAPES: dict[str, Callable[[str], str]] = {
    "json": lambda text: json.dumps(text, ensure_ascii=False),
    "json in ascii": json.dumps,
    "json of php": lambda text: json.dumps(text).replace("/", "\\/"),
    "url": partial(quote, safe="*"),
    "html": html.escape,
    "python": repr,
}
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
        "q7/Ju Distinctive=Secret0123",
        "q7%2FJu%20Distinctive%3DSecret0123",
        r"q7\\\/Ju+Distinctive=Secret0123",
        r"q7\\u002FJu\\u002bDistinctive\\u003dSecret0123",
        r"q7\u0026#47;Ju\u0026#43;Distinctive\u0026#x3D;Secret0123",
        "q7%5C%2FJu%2BDistinctive%3DSecret0123",
        "q7&amp;#47;Ju&amp;#43;Distinctive&amp;#61;Secret0123",
        "q7\\u00252FJu\\u00252BDistinctive\\u00253DSecret0123",
        "".join(f"\\u{ord(character):04x}" for character in SECRET),
        "".join(f"\\\\u{ord(character):04X}" for character in SECRET),
        "".join(f"%{ord(character):02X}" for character in SECRET),
        "".join(f"&#{ord(character)};" for character in SECRET),
    ],
)
def test_secret_is_taken_out_however_it_is_escaped(shown: str) -> None:
    """An answer that holds the secret in any escape loses it."""
    assert Scrubber([SECRET]).clean(f"before {shown} after".encode()) == b"before *** after"


@pytest.mark.parametrize("secret", [SECRET, 'tok"en/with\\back+slash', "blank token\r\n99", "t\u00f6ken-of-99"])
@pytest.mark.parametrize("layers", list(itertools.product(ESCAPES, repeat=2)))
def test_secret_is_taken_out_of_text_that_stays_whole(secret: str, layers: tuple[str, str]) -> None:
    """A text that was escaped twice, in whatever ways, can be read as often without the secret."""
    inner, outer = (ESCAPES[name] for name in layers)
    escaped = outer(inner(f'a "b\\c" {secret}, "d"'))

    cleaned = Scrubber([secret]).text(escaped)

    assert cleaned == outer(inner('a "b\\c" ***, "d"'))


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


@pytest.mark.parametrize("letter", ["\\u{:04x}", "\\\\u{:04X}"])
def test_secret_in_nothing_but_escapes_is_in_no_value(letter: str) -> None:
    """A token of which an answer escapes every letter is not in what is read of the answer either."""
    import httpx

    escaped = "".join(letter.format(ord(character)) for character in TOKEN)
    body = f'{{"Code":"Denied","Message":"for {escaped} not","RequestId":"1"}}'.encode()
    client = Client(
        Resolving(httpx.MockTransport(lambda _: httpx.Response(403, content=body))),
        {"imm": Endpoint("http://imm.test", "2020-09-30")},
        Credentials("LTAIexample", Secret(SECRET), Secret(TOKEN)),
        operations=load_contract().operations,
        services=PROVISIONING,
    )

    exchange = client.send(Call("GetTask", {"ProjectName": "p", "TaskType": "t", "TaskId": "i"}))

    assert exchange.value["Message"] == "for *** not"
