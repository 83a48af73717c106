"""Certificates: an in-toto Statement over a run's log and report, in a signed DSSE envelope.

The statement follows from log and report, so whoever has these makes it anew
and compares byte for byte; no field of the file is believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # public, without __all__

from reports.model import report_bytes
from reports.runlog import NAME, RunLog, canonical, digest

FILE = "certificate.intoto.jsonl"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


def statement_of(log: RunLog, log_bytes: bytes, report: Mapping[str, Any]) -> bytes:
    """Return the payload that certifies a run, in canonical bytes."""
    subjects = [
        ResourceDescriptor(
            name=NAME,
            digest={"sha256": digest(log_bytes)},
            annotations={"lastLine": log.last, "lines": str(len(log.lines))},
        ),
        ResourceDescriptor(name="report.json", digest={"sha256": digest(report_bytes(report))}),
    ]
    for subject in subjects:
        subject.validate()
    statement = Statement([s.pb for s in subjects], PREDICATE_TYPE, _predicate(report))
    statement.validate()
    return canonical(MessageToDict(statement.pb)).encode()


def _predicate(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the test result: which requirements passed, warned or failed, of what."""
    of = {
        "passedTests": [r["id"] for r in report["requirements"] if r["outcome"] == "conforms"],
        "warnedTests": [r["id"] for r in report["requirements"] if _warns(r)],
        "failedTests": [r["id"] for r in report["requirements"] if r["outcome"] == "violates" and r["level"] == "MUST"],
    }
    result = "FAILED" if of["failedTests"] else "WARNED" if of["warnedTests"] else "PASSED"
    kit, target, run = report["kit"], report["target"], report["run"]
    return {
        "result": result,
        "configuration": [
            {"name": "target", "annotations": {"name": target["name"], "version": target["version"]}},
            {"name": kit["name"], "uri": f"pkg:pypi/{kit['name']}@{kit['version']}"},
            {"name": "contract", "digest": {"sha256": kit["contract"].removeprefix("sha256:")}},
            {"name": "run", "annotations": {k: str(run[k]) for k in ("profile", "seed", "started", "finished")}},
        ],
        **of,
    }


def _warns(entry: Mapping[str, Any]) -> bool:
    return bool(entry["outcome"] == "waived" or (entry["outcome"] == "violates" and entry["level"] == "SHOULD"))


def write_certificate(folder: Path, log: RunLog, report: Mapping[str, Any], signer: CryptoSigner) -> Path:
    """Sign what was verified in `folder`, and return the file. Raises OSError if it cannot be written."""
    payload = statement_of(log, (folder / NAME).read_bytes(), report)
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    path = folder / FILE
    path.write_text(canonical(envelope.to_dict()) + "\n", encoding="ascii")
    return path


def check_certificate(folder: Path, log: RunLog, report: Mapping[str, Any], key: SSlibKey | None) -> list[str]:
    """Return what is wrong with the certificate in `folder`, as sentences.

    Without a key all but the signature is checked.
    """
    try:
        data = (folder / FILE).read_bytes()
    except OSError as error:
        return [f"{FILE} cannot be read: {error.strerror}"]
    envelope = _envelope(data)
    if envelope is None:
        return [f"{FILE} was changed: it is not one DSSE envelope in canonical form"]
    if envelope.payload_type != PAYLOAD_TYPE:
        return [f"{FILE} has the payload type '{envelope.payload_type}', expected '{PAYLOAD_TYPE}'"]
    if envelope.payload != statement_of(log, (folder / NAME).read_bytes(), report):
        return [f"{FILE} certifies something else than this log and this report"]
    return [] if key is None else _check_signature(envelope, key)


def _envelope(data: bytes) -> Envelope | None:
    """Return the envelope if the bytes are the only ones that stand for it."""
    try:
        envelope = Envelope.from_dict(json.loads(data))
        exact = (canonical(envelope.to_dict()) + "\n").encode() == data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return envelope if exact and len(envelope.signatures) == 1 else None


def _check_signature(envelope: Envelope, key: SSlibKey) -> list[str]:
    try:
        envelope.verify([key], 1)
    except VerificationError:
        return [f"{FILE} was not signed with this key"]
    return []
