"""What is wrong with a key or an address is said once, before anything is sent, and shows no secret."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SENTINEL = "SentinelOfASecret"
LITTLE = 'name = "it"\n[endpoints]\nimm = "http://127.0.0.1:1"\n'
URLS = [
    f"http://user:{SENTINEL}/x@host",
    f"http://user:{SENTINEL}",
    f"http://host/?access_key_secret={SENTINEL}",
    f"user:{SENTINEL}@host:80",
    f"http:/u:{SENTINEL}@h",
]
KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": f"{SENTINEL}1",
    "ALIBABA_CLOUD_SECURITY_TOKEN": f"{SENTINEL}2",
}

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def told(done: "subprocess.CompletedProcess[str]", folder: Path) -> str:
    """Return the one sentence of a run that could not begin, after looking for the secret in all that it left."""
    files = [path.read_text(encoding="utf-8") for path in folder.rglob("out/**/*") if path.is_file()]
    assert [text for text in (done.stdout, done.stderr, *files) if SENTINEL in text] == []
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.mark.parametrize("name", KEY)
@pytest.mark.parametrize("end", ["\r", "\n", " "])
def test_flawed_variable(conformance: Run, serving: Callable[..., str], tmp_path: Path, name: str, end: str) -> None:
    """A variable that ends with a blank or a line break is named, and the target is not accused."""
    env = {**KEY, name: KEY[name] + end}

    done = conformance("run", "--target", serving(200, b"{}"), "--report", "out", env=env)

    assert told(done, tmp_path).startswith(f"conformance: the environment has a blank around '{name}', or a line break")


@pytest.mark.parametrize("url", URLS)
def test_secret_in_a_target(conformance: Run, tmp_path: Path, url: str) -> None:
    """A password in the value of --target is shown nowhere."""
    done = conformance("run", "--target", url, "--report", "out")

    assert told(done, tmp_path).startswith("conformance: --target")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (f'ice = "http://user:{SENTINEL}/x@host"', "line 4: endpoints.ice 'http://***' may hold scheme, host"),
        ('ice = "http://..:1"', "line 4: endpoints.ice 'http://..:1' has a host that is neither a name nor an"),
        (f"[credentials]\n{SENTINEL} = 1", "line 5: an unknown key in [credentials]; expected one of access_key_id"),
        (f'[credentials]\nsignatures = "{SENTINEL}"', "line 5: 'credentials.signatures' is ***, expected one of"),
        (f'[credentials]\naccess_key_id = "a"\naccess_key_secret = "{SENTINEL}\\r"', "around 'access_key_secret'"),
        (f'colour = "{SENTINEL}"', "line 4: unknown key 'colour' in [endpoints]; expected one of"),
    ],
)
def test_flawed_file(conformance: Run, tmp_path: Path, lines: str, words: str) -> None:
    """What is wrong in a target file is told by its key."""
    (tmp_path / "t.toml").write_text(f"{LITTLE}{lines}\n", encoding="utf-8")

    done = conformance("run", "--target", "t.toml", "--report", "out")

    assert words in told(done, tmp_path)


@pytest.mark.parametrize("host", ["..", "a" * 300, "999.1.1.1"])
def test_host_that_no_server_has(conformance: Run, tmp_path: Path, host: str) -> None:
    """A host that cannot be looked up is refused once, and not once for each case."""
    done = conformance("run", "--target", f"http://{host}:1", "--report", "out")

    assert told(done, tmp_path).endswith("has a host that is neither a name nor an address")
