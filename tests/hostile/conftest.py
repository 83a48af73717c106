"""Hostile servers in processes of their own, and runs against them whose memory and time are known."""

import datetime as dt
import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).with_name("conformance")
LEFT_OUT = ("PYTEST_", "COV_", "HYPOTHESIS_", "ALIBABA_CLOUD_", "PYTHONPATH", "CI")
MOST_SECONDS = 60
MOST_MEGABYTES = 300
SECRETS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tDistinctiveKeyId",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "Distinctive/Secret+Of=The-Key",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "Distinctive/Token+Of=The-Key/4f1c",
}


def environment(**more: str) -> dict[str, str]:
    """Return the environment of this process without what could change a run."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(LEFT_OUT)}
    kept = {name: value for name, value in kept.items() if not name.upper().endswith("_PROXY")}
    return {**kept, **more}


@dataclass
class Done:
    """What came of a run of the command."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float
    folder: Path

    @property
    def said(self) -> str:
        """Everything that the run printed."""
        return self.out + self.err

    @property
    def report(self) -> dict[str, Any]:
        """The report of the run."""
        return dict(json.loads((self.folder / "out" / "report.json").read_text(encoding="utf-8")))


@dataclass
class Hostile:
    """A server that runs, where it is, and what it has received."""

    process: "subprocess.Popen[str]"
    url: str
    record: Path

    @property
    def received(self) -> list[tuple[float, str]]:
        """The time and the text of each request that arrived."""
        return [(float(at), json.loads(text)) for at, _, text in self._lines()]

    @property
    def most_unanswered(self) -> int:
        """How many requests had arrived at most of which none was answered."""
        return max(int(unanswered) for _, unanswered, _ in self._lines())

    def _lines(self) -> list[list[str]]:
        """Return the lines that are written to their end."""
        if not self.record.exists():
            return []
        whole, _, _ = self.record.read_text(encoding="utf-8").rpartition("\n")
        return [line.split(" ", 2) for line in whole.splitlines()]

    @property
    def operations(self) -> list[str]:
        """The operations that were asked for."""
        heads = [text.lower().partition("x-acs-action: ")[2] for _, text in self.received]
        return [head.split("\r\n")[0] for head in heads]


Serve = Callable[..., Hostile]
Begin = Callable[..., "subprocess.Popen[str]"]
Judge = Callable[..., Done]


@pytest.fixture
def secrets() -> dict[str, str]:
    """Return a temporary key whose parts are found again wherever they are."""
    return dict(SECRETS)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return the function that starts one of the hostile servers."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, *arguments: str) -> Hostile:
        record = tmp_path / f"record-{len(started)}"
        command = [sys.executable, "-m", "tests.hostile.server", name, "--record", str(record), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), cwd=HERE.parents[1])
        started.append(process)
        assert process.stdout is not None
        return Hostile(process, process.stdout.readline().strip(), record)

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def target(tmp_path: Path) -> Callable[..., str]:
    """Return the function that writes a target file with short limits; it returns the name of the file."""

    def write(url: str, *more: str, limits: str = "", ca_file: str = "") -> str:
        lines = ['name = "it"', "[endpoints]", f'imm = "{url}"', f'ice = "{url}"']
        lines += [f'ca_file = "{ca_file}"'] if ca_file else []
        lines += ["[limits]", "settle_seconds = 0.05", "connect_seconds = 5", limits or SHORT, *more]
        (tmp_path / "target.toml").write_text("\n".join([*lines, ""]), encoding="utf-8")
        return "target.toml"

    return write


SHORT = "first_byte_seconds = 1.5\nanswer_seconds = 3"


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Return the function that begins a run and does not wait for it."""
    begun: list[subprocess.Popen[str]] = []

    def start(*arguments: str, env: dict[str, str] | None = None) -> "subprocess.Popen[str]":
        command = [str(COMMAND), *arguments]
        out, err = (tmp_path / "stdout").open("w"), (tmp_path / "stderr").open("w")
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(**(env or {})), stdout=out, stderr=err, text=True,
            start_new_session=True,
        )  # fmt: skip
        out.close()
        err.close()
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def judge(begin: Begin, tmp_path: Path) -> Judge:
    """Return the function that runs the command to its end and measures it."""

    def run(*arguments: str, env: dict[str, str] | None = None) -> Done:
        started = time.monotonic()
        return ended(begin(*arguments, env=env), tmp_path, started)

    return run


def peak_of(pid: int) -> float:
    """Return the most memory that a process has held, in megabytes; 0 if it has ended.

    What `wait4` tells counts the memory of the process that started it too.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(peak[1]) / 1024 if peak else 0.0


def ended(process: "subprocess.Popen[str]", folder: Path, started: float, most: float = MOST_SECONDS) -> Done:
    """Wait for a run and return what came of it; fail if it takes longer than `most` seconds."""
    end = time.monotonic() + most
    megabytes = 0.0
    while process.poll() is None:
        megabytes = peak_of(process.pid) or megabytes
        if time.monotonic() > end:
            pytest.fail(f"the run did not end within {most:g} seconds")
        time.sleep(0.02)
    assert megabytes, "the memory of the run was never seen"
    out, err = ((folder / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    return Done(process.returncode, out, err, time.monotonic() - started, megabytes, folder)


@dataclass(frozen=True)
class Certificate:
    """A PEM file with key and chain, and that of the authority that signed it."""

    path: Path
    authority: Path


@pytest.fixture(scope="session")
def certificates() -> Iterator[dict[str, Certificate]]:
    """Return certificates that are wrong in one way each, and one that is right."""
    with tempfile.TemporaryDirectory() as folder:
        yield dict(certificates_in(Path(folder)))


def certificates_in(folder: Path) -> Iterator[tuple[str, Certificate]]:
    """Make certificates in a folder, each by its name."""
    now = dt.datetime.now(dt.UTC)
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("an authority")
    authority = _signed(name, name, key, key, (now, now + dt.timedelta(days=1)), authority=True)
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    day = dt.timedelta(days=1)
    for kind, address, begins, own in (
        ("right", "127.0.0.1", now - day / 2, False),
        ("wrong-name", "127.0.0.9", now - day / 2, False),
        ("expired", "127.0.0.1", now - 3 * day, False),
        ("self-signed", "127.0.0.1", now - day / 2, True),
    ):
        theirs = ec.generate_private_key(ec.SECP256R1())
        subject = _name(kind)
        signer, by = (theirs, subject) if own else (key, name)
        made = _signed(subject, by, theirs, signer, (begins, begins + day), address=address)
        secret = theirs.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = folder / f"{kind}.pem"
        path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
        yield kind, Certificate(path, folder / "ca.pem")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    valid: tuple[dt.datetime, dt.datetime],
    *,
    address: str = "",
    authority: bool = False,
) -> x509.Certificate:
    begins, ends = valid
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if address:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())
