"""Keys from the official credentials chain: found, renewed, and never shown."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.secret import Secret
from conformance.target import TargetError
from conformance.target.chain import ChainKeys
from conformance.wire import Credentials
from conformance.wire.scrubbing import Scrubber

Judge = Callable[..., Any]
Serve = Callable[..., Any]
CHAIN = ("[credentials]", "chain = true")
ONLY = ("--profile", "smoke", "--report", "out")


class Model:
    """What the chain gives."""

    def __init__(self, number: int) -> None:
        self.access_key_id = f"LTAI5tNumber{number}"
        self.access_key_secret = f"DistinctiveSecretNumber{number}"
        self.security_token = f"DistinctiveTokenNumber{number}"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody at home in the folder of the test, on a machine without metadata."""
    return {"HOME": str(tmp_path), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


def written(tmp_path: Path, text: str) -> None:
    """Write the credentials file of the chain."""
    (tmp_path / ".alibabacloud").mkdir()
    (tmp_path / ".alibabacloud" / "credentials.ini").write_text(text, encoding="utf-8")


def hidden(done: Any, folder: Path, *secrets: str) -> bool:
    """Return whether no secret is in what a run printed or wrote."""
    files = [p for p in (folder / "out").rglob("*") if p.is_file()]
    texts = [done.said, *(p.read_text(encoding="utf-8", errors="replace") for p in files)]
    return not any(secret in text for secret in secrets for text in texts)


def test_key_from_the_environment(
    serve: Serve, target: Any, judge: Judge, tmp_path: Path, home: dict[str, str], secrets: dict[str, str]
) -> None:
    """A temporary key of the environment signs the requests, with its token, and is in no output."""
    server = serve("good")

    done = judge("run", "--target", target(server.url, *CHAIN), *ONLY, env={**home, **secrets})

    key_id, secret, token = secrets.values()
    signed = [text for _, text in server.received if f"Credential={key_id}" in text]
    assert len(signed) > 10
    assert all(f"x-acs-security-token: {token}" in text for text in signed)
    assert hidden(done, tmp_path, secret, token)
    assert done.code == 0


def test_key_from_the_file(serve: Serve, target: Any, judge: Judge, tmp_path: Path, home: dict[str, str]) -> None:
    """A key in ~/.alibabacloud/credentials.ini is found."""
    written(
        tmp_path, "[default]\ntype = access_key\naccess_key_id = LTAI5tOfTheFile\naccess_key_secret = SecretOfFile\n"
    )
    server = serve("echo")

    done = judge("run", "--target", target(server.url, *CHAIN), *ONLY, env=home)

    assert any("Credential=LTAI5tOfTheFile" in text for _, text in server.received)
    assert hidden(done, tmp_path, "SecretOfFile")


@pytest.mark.parametrize(
    "text", ["SecretInABrokenFile\n", "[default]\ntype = SecretInABrokenFile\n"], ids=["no section", "no type"]
)
def test_chain_without_a_key(
    serve: Serve, target: Any, judge: Judge, tmp_path: Path, home: dict[str, str], text: str
) -> None:
    """A chain that has nothing is told in one sentence, without what it says of the files it has read."""
    written(tmp_path, text)
    server = serve("good")

    done = judge("run", "--target", target(server.url, *CHAIN), *ONLY, env=home)

    (line,) = done.err.strip().splitlines()
    assert line.startswith("conformance: the official credentials chain has no key: it looks at ALIBABA_CLOUD_")
    assert done.code == 2
    assert "SecretInABrokenFile" not in done.said
    assert server.received == []


def test_extra_that_is_not_installed(
    serve: Serve, target: Any, judge: Judge, tmp_path: Path, home: dict[str, str]
) -> None:
    """Without the package one sentence says how to get it."""
    (tmp_path / "alibabacloud_credentials").mkdir()
    (tmp_path / "alibabacloud_credentials" / "__init__.py").write_text("raise ImportError", encoding="utf-8")

    done = judge("run", "--target", target(serve("good").url, *CHAIN), env={**home, "PYTHONPATH": str(tmp_path)})

    (line,) = done.err.strip().splitlines()
    assert "pip install 'alimedia-conformance[credentials]'" in line
    assert done.code == 2


def test_plan_does_not_ask_the_chain(target: Any, judge: Judge, home: dict[str, str]) -> None:
    """What a run would send is told without any key."""
    done = judge("plan", "--target", target("http://127.0.0.1:9", *CHAIN), "--profile", "smoke", env=home)

    assert done.code == 0


def test_chain_beside_a_key(target: Any, judge: Judge) -> None:
    """A target file has one or the other."""
    file = target("http://127.0.0.1:9", *CHAIN, 'access_key_id = "a"', 'access_key_secret = "b"')

    done = judge("run", "--target", file)

    assert "[credentials] chain = true stands alone" in done.err
    assert done.code == 2


def test_key_is_renewed() -> None:
    """The chain is asked again after a while, and what it gave before stays a secret."""
    numbers = iter(range(1, 9))
    keys = ChainKeys(lambda: Model(next(numbers)), every=0.0)

    first, second = keys.current(), keys.current()

    scrubber = Scrubber(held=keys.held)
    assert (first.key_id, second.key_id) == ("LTAI5tNumber1", "LTAI5tNumber2")
    assert second == Credentials("LTAI5tNumber2", Secret("DistinctiveSecretNumber2"), Secret("DistinctiveTokenNumber2"))
    assert scrubber.text("DistinctiveSecretNumber1 DistinctiveTokenNumber2") == "*** ***"


def test_key_is_kept_for_a_while() -> None:
    """Between two requests that follow each other the chain is not asked."""
    numbers = iter(range(1, 9))
    keys = ChainKeys(lambda: Model(next(numbers)))

    assert keys.current() is keys.current()


def test_chain_that_fails_later() -> None:
    """A key that cannot be renewed is used on: whether it has expired the target says."""
    models = iter([Model(1)])
    keys = ChainKeys(lambda: next(models), every=0.0)

    first = keys.current()

    assert keys.current() is first


def test_chain_that_does_not_end() -> None:
    """A chain that waits for something is waited for no longer than is said."""
    keys = ChainKeys(lambda: time.sleep(60), most=0.05)

    with pytest.raises(TargetError, match="gave no key within"):
        keys.current()
