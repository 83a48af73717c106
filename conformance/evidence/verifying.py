"""Judging a run again from its log, offline, and comparing with what it reported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.evidence.encoding import settings_from_json, target_from_json
from conformance.evidence.playback import DisagreesError, UnbegunError
from conformance.evidence.rejudging import compare, first_difference, judging_again, replay, short
from conformance.evidence.runrecord import footer_of, header_of
from conformance.gathering import Ending, Gathered
from conformance.kit import Kit
from openapi import Contract, load_contract
from reports.model import report_bytes
from reports.runlog import LogError, NoLogError, RunLog, digest, read_folder

REPORT = "report.json"


class UnverifiableError(Exception):
    """A folder holds nothing that could be judged again; the text says why."""


@dataclass(slots=True)
class Verification:
    """What judging again found: objections, each a sentence, and the report that the log gives.

    `log` is None if it is damaged, `report` if it could not be judged again.
    `notes` are about what was not checked.
    """

    objections: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    log: RunLog | None = None
    report: dict[str, Any] | None = None

    @property
    def complete(self) -> bool:
        """Whether the log has its footer, and the run that it tells of came to its end."""
        return self.log is not None and self.log.footer is not None and bool(self.log.footer["complete"])


def verify_folder(folder: Path, contract: str | None = None) -> Verification:
    """Judge the run in `folder` again; what is damaged is an objection.

    `contract` is the folder of another contract than the kit's own. Raises
    UnverifiableError if there is no log that can be read, or if it is of
    another kit or contract, or of a run that could not begin.
    """
    found = Verification()
    if not folder.is_dir():
        msg = f"'{folder}' is not a folder; expected one that 'conformance run --report DIR' wrote"
        raise UnverifiableError(msg)
    try:
        found.log = read_folder(folder)
    except NoLogError as error:
        raise UnverifiableError(str(error)) from None
    except LogError as error:
        found.objections.append(str(error))
        return found
    written = _written_report(folder, found)
    if found.objections:
        return found
    _judge_again(found, found.log, contract)
    if found.report is not None and written is not None and written != report_bytes(found.report):
        if found.log.footer is None and found.report["verdict"] == "inconclusive" and _says_nothing(written):
            found.notes.append(f"{REPORT} says that the run could not judge, and why; the log does not say that")
        else:
            found.objections.append(f"{REPORT} is not what the log gives: {_difference(written, found.report)}")
    return found


def _written_report(folder: Path, found: Verification) -> bytes | None:
    """Return the bytes of the report; note an objection if they are not those that the footer names."""
    assert found.log is not None
    footer, path = found.log.footer, folder / REPORT
    if footer is None:
        found.notes.append("the log has no footer: the run was killed or goes on, and is incomplete")
        return path.read_bytes() if path.exists() else None
    try:
        data = path.read_bytes()
    except OSError as error:
        found.objections.append(f"{REPORT} cannot be read: {error.strerror}")
        return None
    if digest(data) != footer["report"]:
        found.objections.append(f"{REPORT} was changed: its SHA-256 is not the one in the log's footer")
    return data


def _judge_again(found: Verification, log: RunLog, contract: str | None) -> None:
    _refuse_other(log.header, load_contract(Path(contract) if contract else None))
    try:
        with judging_again():
            found.report = _report_of(log, contract)
    except DisagreesError as error:
        if isinstance(error, UnbegunError) and log.footer is None:
            raise UnverifiableError(str(error)) from None
        found.objections.append(str(error))


def _report_of(log: RunLog, contract: str | None) -> dict[str, Any]:
    """Return the report that the log gives. Raises DisagreesError where judging again gives another line."""
    header = log.header
    settings, target = settings_from_json(header["settings"], contract), target_from_json(header["target"])
    planner = Kit(settings, target=target)
    seen = Gathered(left_out=dict(planner.plan.left_out))
    whole = [replay(lines, settings, target, seen) for lines in log.parts.values()]
    ending = _ending(log, whole=all(whole))
    seen.defects = list((log.footer or {}).get("defects", ()))
    report = seen.report(planner, ending)
    compare(header_of(planner, header["started"]), header, "line 1")
    if log.footer is not None:
        compare(footer_of(report, seen, ending), log.footer, "the footer")
    return report


def _refuse_other(header: Mapping[str, Any], contract: Contract) -> None:
    """Raise UnverifiableError for a log that this kit cannot judge."""
    kit = header["kit"]
    if kit["version"] != __version__:
        msg = f"the log is of version {kit['version']} of the kit, and this is {__version__}; use that one"
        raise UnverifiableError(msg)
    if kit["contract"] != contract.digest:
        msg = (
            f"the log is of the contract '{kit['contract']}', and this one is '{contract.digest}'; "
            "give the folder of that one with --contract"
        )
        raise UnverifiableError(msg)


def _ending(log: RunLog, *, whole: bool) -> Ending:
    """Return how the run ended, by its footer if it has one."""
    footer, started = log.footer, log.header["started"]
    if footer is None:
        return Ending(started, "", 0.0, lost=("the log has no footer",), interrupted=True)
    if not whole and not footer["lost"]:
        msg = "the lines of a process end in the middle of a case, and the footer does not say that it was lost"
        raise DisagreesError(msg)
    return Ending(
        started,
        footer["finished"],
        footer["wall_seconds"],
        footer["workers"],
        tuple(footer["lost"]),
        footer["interrupted"],
        tuple(footer["left"]),
    )


def _says_nothing(written: bytes) -> bool:
    """Return whether a written report is that of a run that could not judge, of which the log gets no footer."""
    try:
        report = json.loads(written)
        return bool((report["verdict"], report["complete"]) == ("inconclusive", False))
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _difference(written: bytes, report: Mapping[str, Any]) -> str:
    """Return in a few words where a written report and the one that the log gives part."""
    try:
        return short(first_difference(report, json.loads(written)))
    except (ValueError, RecursionError):
        return "it is not JSON"
