"""Certificates: what they say, who signed them, and that no byte of them can change."""

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope

from conformance.evidence.certificate import FILE, PREDICATE_TYPE, check_certificate, write_certificate
from conformance.evidence.certifying import refusals
from conformance.evidence.keys import KeyFileError, read_public, read_signer, write_pair
from conformance.evidence.verifying import Verification, verify_folder
from reports.runlog import canonical

EDITS = 320


@pytest.fixture(params=["ed25519", "ecdsa"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of a private and a public key."""
    private = tmp_path / "key.pem"
    return private, write_pair(private, request.param)


@pytest.fixture
def certified(recorded: Path, keys: tuple[Path, Path]) -> Verification:
    """Return what verifying found in a folder that was then certified."""
    found = verify_folder(recorded)
    assert found.log is not None
    assert found.report is not None
    write_certificate(recorded, found.log, found.report, read_signer(keys[0]))
    return found


def check(folder: Path, found: Verification, key: Path) -> list[str]:
    """Return what is wrong with a certificate."""
    assert found.log is not None
    assert found.report is not None
    return check_certificate(folder, found.log, found.report, read_public(key))


def test_certificate_is_checked(recorded: Path, certified: Verification, keys: tuple[Path, Path]) -> None:
    """A certificate over the log and the report that it was made of is right."""
    assert check(recorded, certified, keys[1]) == []


def test_certificate_is_an_in_toto_statement(recorded: Path, certified: Verification, keys: tuple[Path, Path]) -> None:
    """The reference libraries read the envelope, verify it, and find a test result over both files."""
    envelope = Envelope.from_dict(json.loads((recorded / FILE).read_text()))
    envelope.verify([read_public(keys[1])], 1)
    payload = json.loads(envelope.payload)
    statement = Statement(
        [], payload["predicateType"], {k: v for k, v in payload["predicate"].items() if k != "configuration"}
    )

    assert payload["_type"] == statement.pb.type
    assert payload["predicateType"] == PREDICATE_TYPE
    assert payload["predicate"]["result"] == "PASSED"
    assert [s["name"] for s in payload["subject"]] == ["run.jsonl", "report.json"]
    assert certified.log is not None
    assert payload["subject"][0]["annotations"]["lastLine"] == certified.log.last


def test_every_edit_of_a_byte_is_found(recorded: Path, certified: Verification, keys: tuple[Path, Path]) -> None:
    """Whichever byte of the certificate is exchanged, checking it objects."""
    chance, path = random.Random("certificate"), recorded / FILE
    whole = path.read_bytes()
    missed = []
    for _ in range(EDITS):
        data = bytearray(whole)
        place = chance.randrange(len(data))
        data[place] = chance.choice([b for b in range(256) if b != whole[place]])
        path.write_bytes(bytes(data))
        if not check(recorded, certified, keys[1]):
            missed.append(bytes(data))

    assert missed == []


def test_key_of_another_is_found(
    recorded: Path, certified: Verification, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """A certificate that somebody else signed is not taken."""
    other = write_pair(tmp_path / "other.pem", "ed25519")

    assert check(recorded, certified, other) == [f"{FILE} was not signed with this key"]


@pytest.mark.parametrize("change", ["payload", "name of the key"])
def test_unsigned_field_is_not_believed(
    recorded: Path, certified: Verification, keys: tuple[Path, Path], change: str
) -> None:
    """A statement that another run would have, or another key id, is found though the file is in canonical form."""
    path = recorded / FILE
    envelope = json.loads(path.read_text())
    if change == "payload":
        payload = base64.b64decode(envelope["payload"]).replace(b"PASSED", b"WARNED")
        envelope["payload"] = base64.b64encode(payload).decode()
    else:
        envelope["signatures"][0]["keyid"] = "0" * 64
    path.write_text(canonical(envelope) + "\n")

    assert check(recorded, certified, keys[1])


def test_rewritten_log_is_found(recorded: Path, certified: Verification, keys: tuple[Path, Path]) -> None:
    """A log whose bytes are others than those that were signed does not belong to the certificate."""
    path = recorded / "run.jsonl"
    path.write_bytes(path.read_bytes() + b"\n")

    assert check(recorded, certified, keys[1]) == [f"{FILE} certifies something else than this log and this report"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is no private key"), (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is no private")],
)
def test_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """What is no key gets a sentence that names the file and what was expected."""
    path = tmp_path / "key.pem"
    path.write_bytes(content)

    with pytest.raises(KeyFileError, match=words):
        read_signer(path)


def test_key_is_not_replaced(tmp_path: Path) -> None:
    """A key file that is there is not overwritten."""
    write_pair(tmp_path / "key.pem", "ed25519")

    with pytest.raises(KeyFileError, match="cannot be written"):
        write_pair(tmp_path / "key.pem", "ed25519")


def test_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else may read a private key that was made."""
    write_pair(tmp_path / "key.pem", "ed25519")

    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0


def report_with(outcome: str = "conforms", reason: str = "", **more: Any) -> dict[str, Any]:
    """Return the parts of a report that the rules of certification look at."""
    entry = {"id": "GetTask/response/Status/enum", "level": "MUST", "outcome": outcome, "reason": reason}
    usual = {"verdict": "conforms", "complete": True, "run": {"profile": "standard"}, "waivers": []}
    return {**usual, "requirements": [entry], **more}


def header_with(**settings: Any) -> dict[str, Any]:
    """Return the header of a log with settings."""
    return {"settings": {"select": [], "cases": [], "shard": [1, 1], **settings}}


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("conforms", ""),
        ("waived", "known (me, until 2027-01-01)"),
        ("not-exercised", "the target does not claim GetTask"),
        ("not-exercised", "the tier 'reads' does not send it"),
        ("not-exercised", "the target verifies no signatures: as the target file says"),
        ("not-exercised", "no notification channel; add [notifications]"),
        ("not-exercised", "no answer of this run showed it; a fixture that has it could"),
        ("blocked", "no object is known to be missing; add [fixtures] missing_uris"),
    ],
)
def test_excused_requirement_is_certified(outcome: str, reason: str) -> None:
    """A MUST that is settled, or that the target gives no occasion for, does not stand in the way."""
    assert refusals(report_with(outcome, reason), header_with()) == []


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("inconclusive", "no answer came in time"),
        ("not-exercised", ""),
        ("not-exercised", "not selected"),
        ("not-exercised", "deselected in pytest"),
        ("not-exercised", "the request budget was spent before it"),
        ("not-exercised", "the kit has no check of it yet"),
        ("blocked", ""),
    ],
)
def test_unexcused_requirement_is_not_certified(outcome: str, reason: str) -> None:
    """A MUST that was left out by choice or without a reason is named."""
    told = refusals(report_with(outcome, reason), header_with())

    assert told[0].startswith(f"GetTask/response/Status/enum is {outcome}")


@pytest.mark.parametrize(
    ("report", "header", "words"),
    [
        (report_with(verdict="violates"), header_with(), "the verdict is 'violates'"),
        (report_with(complete=False), header_with(), "not complete"),
        (report_with(run={"profile": "smoke"}), header_with(), "profile 'smoke'"),
        (report_with(), header_with(select=["GetTask"]), "restricted by --select"),
        (report_with(), header_with(cases=["x"]), "restricted by --case"),
        (report_with(), header_with(shard=[1, 2]), "one of several shards"),
        (report_with(waivers=[{"requirement": "r", "problem": "line 3: expired"}]), header_with(), "is stale: line 3"),
        (report_with(waivers=[{"requirement": "r/*", "problem": ""}]), header_with(), "'r/*' names more than one"),
    ],
)
def test_restricted_run_is_not_certified(report: dict[str, Any], header: dict[str, Any], words: str) -> None:
    """Each rule of certification is told when it is broken."""
    assert words in refusals(report, header)[0]
