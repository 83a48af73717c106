"""Secrets: used for signing, and shown nowhere."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from conformance.cli.interrupting import write_unbegun_report
from conformance.exchange import Call, Exchange, Form
from conformance.remembering import shown
from conformance.secret import Secret
from conformance.target import TargetError, read_target
from conformance.target.urls import harmless
from conformance.wire import Client, Credentials, Endpoint
from conformance.wire.addressing import Resolving
from openapi import load_contract

SECRET, TOKEN = "hidden-secret-value", "hidden-token-value"
LITTLE = 'name = "it"\n[endpoints]\nimm = "http://127.0.0.1:1"\n'
FORMS = {
    "header": Form(),
    "query": Form(signature="query"),
    "query by GET": Form(signature="query", method="GET"),
    "form body": Form(signature="query", placement="form"),
    "header with form body": Form(placement="form"),
    "chunked": Form(placement="form", chunked=True),
}


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{:>20}".format, lambda s: f"{s!r}"])
def test_secret_is_not_shown(show: Callable[[object], str]) -> None:
    """No way of making text of a secret shows it."""
    assert SECRET not in show(Secret(SECRET))


def test_secret_is_not_shown_by_what_holds_it() -> None:
    """Credentials and a target show neither secret nor token."""
    credentials = Credentials("testid", Secret(SECRET), Secret(TOKEN))
    target = replace(read_target("http://127.0.0.1:1", {}), credentials=credentials)

    shown = repr(credentials) + repr(target)

    assert SECRET not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy])
def test_secret_is_not_written(write: Callable[[object], object]) -> None:
    """A secret refuses to be written or copied."""
    with pytest.raises(TypeError, match="not written anywhere"):
        write(Secret(SECRET))


@pytest.mark.parametrize(
    "lines",
    [
        f'[credentials]\naccess_key_secrets = "{SECRET}"',
        f'[credentials]\nAccessKeySecret = "{SECRET}"',
        f'[credentials]\npassword = "{SECRET}"',
        f'[credentials]\nsignatures = "{SECRET}"',
        f"[credentials]\n{SECRET} = 1",
        f'[credentials]\nchain = "{SECRET}"',
        f'[fixtures]\ncolour = "{SECRET}"',
        f'[fixtures]\nproject = ["{SECRET}"]',
        f'[fixtures]\nindexed_uris = "https://host/a?Signature={SECRET}"',
        f'[notifications]\ntopic = "t"\nlisten = "user:{SECRET}@127.0.0.1:1"',
        f'[notifications]\ntopic = "t"\nlisten = "{SECRET}@127.0.0.1:1"',
        f'[notifications]\ntopic = "t"\nqueue = "q"\nmns_endpoint = "http://user:{SECRET}/x@127.0.0.1"',
        f'colour = "{SECRET}"',
        f'[credentials]\naccess_key_secret = ["{SECRET}"]',
        f'[credentials]\nsecurity_token = ["{SECRET}"]',
        f'[credentials]\naccess_key_secret = "{SECRET}"',
        f'[credential]\naccess_key_id = "testid"\naccess_key_secret = "{SECRET}"',
        f'[[credentials]]\naccess_key_secret = "{SECRET}"',
        f'[[account]]\nsecret = "{SECRET}"',
        f'[account]\nsecret = "{SECRET}"',
        f'[limits]\naccess_key_secret = "{SECRET}"',
        f'[credentials]\naccess_key_secret = "{SECRET}',
        f"[credentials]\naccess_key_secret = {SECRET}",
    ],
)
def test_secret_is_not_shown_by_errors(tmp_path: Path, lines: str) -> None:
    """No mistake in a target file makes its error show the secret."""
    path = tmp_path / "target.toml"
    path.write_text(f"{LITTLE}{lines}\n", encoding="utf-8")

    with pytest.raises(TargetError) as caught:
        read_target(str(path), {})

    assert SECRET not in str(caught.value)


URLS = [
    f"http://id:{SECRET}@127.0.0.1:1",
    f"http://id:{SECRET}@[::1",
    f"ftp://id:{SECRET}@a",
    f"http://user:{SECRET}/x@host",
    f"http://user:{SECRET}?x@host",
    f"http://user:{SECRET}#x@host",
    f"http://user:x/@{SECRET}@host",
    f"http://user:{SECRET}",
    f"http://host/?access_key_secret={SECRET}",
    f"http://host/?access_key_secret=a@{SECRET}",
    f"http://host/#{SECRET}",
    f"http://host/{SECRET}",
    f"http://[{SECRET}]:80",
    f"user:{SECRET}@host:80",
    f"//user:{SECRET}@h",
    f"http:/u:{SECRET}@h",
    f"host/?access_key_secret={SECRET}",
    f"user:{SECRET}://host",
]


@pytest.mark.parametrize("url", URLS)
def test_secret_of_a_url_is_not_shown(url: str) -> None:
    """A password in the URL of a target is refused without being repeated."""
    with pytest.raises(TargetError) as caught:
        read_target(url, {})

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", URLS)
def test_secret_of_an_endpoint_is_not_shown(tmp_path: Path, url: str) -> None:
    """A password in an endpoint of a target file is refused without being repeated."""
    path = tmp_path / "target.toml"
    path.write_text(LITTLE.replace("http://127.0.0.1:1", url), encoding="utf-8")

    with pytest.raises(TargetError, match=r"endpoints\.imm") as caught:
        read_target(str(path), {})

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", URLS)
def test_secret_of_a_run_that_never_began_is_not_written(tmp_path: Path, url: str) -> None:
    """The report of a run that was interrupted before it read its target names that without a password."""
    given = {"contract": None, "target": url, "profile": "standard", "seed": 0, "report": str(tmp_path)}

    write_unbegun_report(given)

    assert [p.name for p in tmp_path.iterdir() if SECRET in p.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("url", [url.replace("http://", "redis://") for url in URLS if ":" in url])
def test_secret_of_an_example_database_is_not_shown(url: str) -> None:
    """A password in the URL of an example database is shown in no line that repeats a case."""
    assert SECRET not in shown(url)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://127.0.0.1:8089", "http://127.0.0.1:8089"),
        ("https://imm.example.com/", "https://imm.example.com/"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://id:secret@host:80", "http://***@host:80"),
        ("http://host:80/secret?secret", "http://host:80/***"),
        ("http://user:secret", "http://user:***"),
        ("http://user:secret/@host", "http://***"),
        ("redis://:secret@host:6379/0", "redis://***@host:6379/0"),
        ("package.module:app", "package.module:app"),
        ("folder/target.toml", "folder/target.toml"),
    ],
)
def test_harmless_part_of_a_url(url: str, text: str) -> None:
    """Of a URL scheme, host and port are shown, and that there is more."""
    assert harmless(url) == text


def sent(form: Form) -> tuple[Exchange, httpx.Request]:
    """Send one signed call; return the exchange and the request that went out."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        requests.append(request)
        return httpx.Response(200, json={"RequestId": "1"})

    credentials = Credentials("testid", Secret(SECRET), Secret(TOKEN))
    contract = load_contract()
    endpoints = {"imm": Endpoint("http://127.0.0.1:1", "2020-09-30")}
    transport = Resolving(httpx.MockTransport(handle))
    client = Client(transport, endpoints, credentials, operations=contract.operations, services={})
    exchange = client.send(Call("GetTask", {"ProjectName": "p", "TaskType": "t", "TaskId": "i"}, form))
    client.close()
    return exchange, requests[0]


def signature(request: httpx.Request) -> str:
    """Return the signature that went out."""
    header: str = request.headers.get("authorization", "")
    if header:
        return header.rsplit("Signature=", 1)[1]
    text = request.url.query.decode() + request.content.decode()
    return text.rsplit("Signature=", 1)[1].split("&")[0]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_kept_request_holds_no_secret(form: Form) -> None:
    """What is kept of a request has neither signature nor token nor secret in it, however it was signed."""
    exchange, request = sent(form)

    kept = repr(exchange)

    assert signature(request)
    assert [s for s in (SECRET, TOKEN, signature(request)) if s in kept] == []


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_signed_request_carries_the_token(form: Form) -> None:
    """The token goes out although it is not kept."""
    _, request = sent(form)

    everything = str(request.headers.raw) + str(request.url) + request.content.decode()

    assert TOKEN in everything
