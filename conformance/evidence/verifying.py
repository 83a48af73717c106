"""Judging a run again from its log, offline, and comparing with what it reported."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.ahead import Ahead
from conformance.checks.registry import Case
from conformance.evidence.encoding import settings_from_json, target_from_json
from conformance.evidence.playback import DisagreesError, EndOfLogError, Playback
from conformance.evidence.recording import Identity, PlaybackError, Recorder
from conformance.evidence.runrecord import footer_of, header_of
from conformance.findings import CaseResult
from conformance.gathering import Ending, Gathered, seen_by
from conformance.kit import Kit
from conformance.remembering import recalled_from_json
from conformance.settings import Settings
from conformance.target import Target
from openapi import Contract, load_contract
from reports.model import report_bytes
from reports.runlog import LogError, RunLog, canonical, digest, read_folder

REPORT = "report.json"
_COMPARED = ("schema", "plan", "profile", "seed")


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
    UnverifiableError if there is no log, or if it is of another kit or contract.
    """
    found = Verification()
    if not folder.is_dir():
        msg = f"'{folder}' is not a folder; expected one that 'conformance run --report DIR' wrote"
        raise UnverifiableError(msg)
    try:
        found.log = read_folder(folder)
    except LogError as error:
        if "holds no" in str(error):
            raise UnverifiableError(str(error)) from None
        found.objections.append(str(error))
        return found
    written = _written_report(folder, found)
    if found.objections:
        return found
    _judge_again(found, found.log, contract)
    if found.report is not None and written is not None and written != report_bytes(found.report):
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
    header = log.header
    loaded = load_contract(Path(contract) if contract else None)
    _refuse_other(header, loaded)
    try:
        settings, target = settings_from_json(header["settings"], contract), target_from_json(header["target"])
        planner = Kit(settings, target=target)
        seen = Gathered(left_out=dict(planner.plan.left_out))
        whole = [replay(lines, settings, target, seen) for lines in log.parts.values()]
        ending = _ending(log, whole=all(whole))
        seen.defects = list((log.footer or {}).get("defects", ()))
        report = seen.report(planner, ending)
        _compare(header_of(planner, header["started"]), header, _COMPARED, "line 1")
        if log.footer is not None:
            _compare(footer_of(report, seen, ending), log.footer, tuple(log.footer), "the footer")
    except DisagreesError as error:
        found.objections.append(str(error))
        return
    except (KeyError, TypeError, ValueError) as error:
        found.objections.append(f"the log lacks what judging again needs ({type(error).__name__}: {error})")
        return
    found.report = report


def _refuse_other(header: Mapping[str, Any], contract: Contract) -> None:
    """Raise UnverifiableError for a log that this kit cannot judge."""
    kit = header.get("kit", {})
    if kit.get("version") != __version__:
        msg = f"the log is of version {kit.get('version')} of the kit, and this is {__version__}; verify with that one"
        raise UnverifiableError(msg)
    if kit.get("contract") != contract.digest:
        msg = "the log is of another contract; give its folder with --contract"
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
    )


class _Comparer(Recorder):
    """Compares what each case settles with what the log says, in the place of writing it."""

    def __init__(self, playback: Playback) -> None:
        super().__init__()
        self._playback = playback

    @property
    def active(self) -> bool:
        """Always."""
        return True

    def tell(self, verdict: dict[str, Any]) -> None:
        """Raise DisagreesError if the log says that something else was settled."""
        line = self._playback.take("verdict")
        names = tuple(name for name in verdict if name != "at")
        _compare(verdict, line, names, f"line {line['seq'] + 1} ({line['case']})")


def _compare(again: Mapping[str, Any], logged: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    """Raise DisagreesError for the first of `names` that is not what judging again gives."""
    for name in names:
        if name in ("seq", "kind", "prev"):
            continue
        if canonical(again.get(name)) != canonical(logged.get(name)):
            told = _short(_first_difference(again.get(name), logged.get(name)))
            msg = f"{where}: '{name}' is not what judging again gives: {told}"
            raise DisagreesError(msg)


def replay(lines: list[dict[str, Any]], settings: Settings, target: Target, seen: Gathered) -> bool:
    """Judge the lines of one process again; return whether they go to its end.

    Raises DisagreesError where the checks ask or settle something else.
    """
    playback = Playback(lines)
    identity = Identity(lines[0]["token"], lines[0]["mark"], recalled_from_json(lines[0]))
    kit = Kit(settings, playback.connect, target=target, identity=identity, recorder=_Comparer(playback))
    again = _Again(kit, playback)
    kit.ahead = again
    whole = True
    try:
        kit.start()
        while (case := playback.next_case()) not in (None, "cleaning"):
            again.run(str(case))
        kit.finish()
    except EndOfLogError:
        whole = False
    seen.take(seen_by(kit, again.done))
    return whole


class _Again(Ahead):
    """Judges cases again in the order of the log; those that were judged while another one waited, in that wait."""

    def __init__(self, kit: Kit, playback: Playback) -> None:
        super().__init__()
        self._kit = kit
        self._playback = playback
        self._known = {case.id: case for case in kit.plan.cases}
        self.done: list[str] = []

    def fill(self, seconds: float, waiting: str, judge: Callable[[Case], CaseResult]) -> None:
        """Judge the cases that the log has in this wait."""
        del seconds, judge
        while (case := self._playback.next_case()) not in (None, waiting):
            self.run(str(case))

    def run(self, case: str) -> None:
        """Judge one case again; a defect of the kit must be met again."""
        if case not in self._known:
            msg = f"the log has the case '{case}', which is not in the plan of the run"
            raise DisagreesError(msg)
        try:
            self._kit.run(self._known[case])
        except PlaybackError:
            raise
        except Exception as error:  # a defect may raise anything; it is compared with what the log says
            if self._playback.last.get("end") != "defect":
                msg = f"judging '{case}' again ended with {type(error).__name__}: {error}"
                raise DisagreesError(msg) from error
            return
        self.done.append(case)


def _difference(written: bytes, report: Mapping[str, Any]) -> str:
    """Return in a few words where a written report and the one that the log gives part."""
    try:
        return _short(_first_difference(report, json.loads(written)))
    except (ValueError, RecursionError):
        return "it is not JSON"


def _first_difference(again: Any, logged: Any, at: str = "") -> str:
    """Return the place and the two values of the first difference of two JSON values."""
    if isinstance(again, dict) and isinstance(logged, dict):
        for key in [*again, *(k for k in logged if k not in again)]:
            if again.get(key) != logged.get(key):
                return _first_difference(again.get(key), logged.get(key), f"{at}/{key}")
    if isinstance(again, list) and isinstance(logged, list) and len(again) == len(logged):
        for number, (one, other) in enumerate(zip(again, logged, strict=True)):
            if one != other:
                return _first_difference(one, other, f"{at}/{number}")
    return f"{at or 'it'} is {_short(json.dumps(logged), 200)} instead of {_short(json.dumps(again), 200)}"


def _short(text: str, length: int = 600) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
