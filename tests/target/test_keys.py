"""Keys that cannot be used: refused where they are read, by name, and shown nowhere."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.target import TargetError, read_target
from conformance.target.chain import ChainKeys
from conformance.target.keys import IN_ENVIRONMENT, IN_FILES

KEY = ("hidden-id", "hidden-secret", "hidden-token")
FLAWS = ["{}\r", "{}\n", "{} ", " {}", "\t{}", "{}\x00", "hid\x1bden{}", "{}\u200b", "\ufeff{}", "{}\u00a0"]
"""What copying leaves around a value, and what a header cannot hold."""

PARTS = pytest.mark.parametrize("part", range(3), ids=["id", "secret", "token"])


def flawed(part: int, flaw: str, names: tuple[str, str, str]) -> dict[str, str]:
    """Return a key by the names of its parts, of which one has a flaw."""
    return {name: flaw.format(KEY[at]) if at == part else KEY[at] for at, name in enumerate(names)}


def refused(given: str, environ: dict[str, str]) -> str:
    """Return the sentence with which a target is refused."""
    with pytest.raises(TargetError) as caught:
        read_target(given, environ)
    assert "hidden" not in str(caught.value)
    return str(caught.value)


def file(tmp_path: Path, key: dict[str, str]) -> str:
    """Write a target file with a key; return its name."""
    lines = [f"{name} = {json.dumps(text)}" for name, text in key.items()]
    path = tmp_path / "target.toml"
    text = "\n".join(['name = "it"', "[endpoints]", 'imm = "http://127.0.0.1:1"', "[credentials]", *lines])
    path.write_text(text, encoding="utf-8")
    return str(path)


@PARTS
@pytest.mark.parametrize("flaw", FLAWS)
def test_flaw_in_the_environment(part: int, flaw: str) -> None:
    """A variable with an outer blank or a character that cannot be seen is refused by name."""
    said = refused("http://127.0.0.1:1", flawed(part, flaw, IN_ENVIRONMENT))

    assert said.startswith(f"the environment has a blank around '{IN_ENVIRONMENT[part]}', or a line break")


@PARTS
@pytest.mark.parametrize("flaw", FLAWS)
def test_flaw_in_a_file(tmp_path: Path, part: int, flaw: str) -> None:
    """A value of the target file with such a flaw is refused by its key."""
    said = refused(file(tmp_path, flawed(part, flaw, IN_FILES)), {})

    assert f"[credentials] has a blank around '{IN_FILES[part]}', or a line break" in said


@PARTS
@pytest.mark.parametrize("flaw", FLAWS)
def test_flaw_in_the_chain(part: int, flaw: str) -> None:
    """What the official chain gives is looked at as well."""
    keys = ChainKeys(lambda: SimpleNamespace(**flawed(part, flaw, IN_FILES)))

    with pytest.raises(TargetError) as caught:
        keys.current()

    assert str(caught.value).startswith(f"the official credentials chain has a blank around '{IN_FILES[part]}'")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("part", [0, 2], ids=["id", "token"])
def test_character_that_no_header_holds(part: int) -> None:
    """A key id and a token stand in headers, which hold ASCII only."""
    said = refused("http://127.0.0.1:1", flawed(part, "{}ü", IN_ENVIRONMENT))

    assert said == (
        f"the environment has a character in '{IN_ENVIRONMENT[part]}' that no header can hold; expected ASCII only"
    )


def test_secret_of_any_letters() -> None:
    """A secret is never sent, so that it may have any letters."""
    credentials = read_target("http://127.0.0.1:1", flawed(1, "{}ü", IN_ENVIRONMENT)).credentials

    assert credentials is not None
    assert credentials.secret.reveal() == "hidden-secretü"


def test_token_of_the_environment_without_a_key() -> None:
    """A security token without its key is half a key."""
    said = refused("http://127.0.0.1:1", {IN_ENVIRONMENT[2]: KEY[2]})

    assert said == f"the environment needs both {IN_ENVIRONMENT[0]} and {IN_ENVIRONMENT[1]}, or neither"


def test_flaw_after_renewal() -> None:
    """A chain that gives a flawed key later leaves the one before it in place."""
    models = iter([dict(zip(IN_FILES, KEY, strict=True)), flawed(2, "{}\r", IN_FILES)])
    keys = ChainKeys(lambda: SimpleNamespace(**next(models)), every=0.0)

    first = keys.current()

    assert keys.current() is first
