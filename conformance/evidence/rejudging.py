"""Judging the lines of a log again: the kit asks a playback, and what it would write must be what is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from conformance.ahead import Ahead
from conformance.checks.registry import Case
from conformance.evidence.playback import DisagreesError, EndOfLogError, Playback, UnbegunError, place_of
from conformance.evidence.recording import Identity, PlaybackError, Recorder
from conformance.findings import CaseResult
from conformance.gathering import Gathered, seen_by
from conformance.kit import Kit
from conformance.remembering import recalled_from_json
from conformance.replay import AROUND_CASES
from conformance.settings import Settings
from conformance.target import Target, TargetError
from reports.runlog import canonical

_OWN = ("seq", "kind", "prev", "self", "at", "software")
"""Members of lines that judging again does not give: those of the chain, the clock, and the machine."""


@contextmanager
def judging_again() -> Iterator[None]:
    """Turn whatever a log makes the kit stumble over into a DisagreesError."""
    try:
        yield
    except DisagreesError:
        raise
    except TargetError as error:
        msg = f"the log cannot be judged again: {error}"
        raise UnbegunError(msg) from None
    except Exception as error:  # a log may say anything, so anything may come of it
        msg = f"the log cannot be judged again ({type(error).__name__}: {error})"
        raise DisagreesError(msg) from error


def compare(again: Mapping[str, Any], logged: Mapping[str, Any], where: str) -> None:
    """Raise DisagreesError for the first member of a line that is not what judging again gives."""
    for name in {**again, **logged}:
        if name not in _OWN and canonical(again.get(name)) != canonical(logged.get(name)):
            told = short(first_difference(again.get(name), logged.get(name)))
            msg = f"{where}: '{name}' is not what judging again gives: {told}"
            raise DisagreesError(msg)


class _Comparer(Recorder):
    """Compares what a run would write with the lines that are written, one by one."""

    def __init__(self, playback: Playback, lines: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(part=lines[0]["part"])
        self._playback = playback
        self._lines = iter(lines)

    @property
    def active(self) -> bool:
        """Always."""
        return True

    def write(self, kind: str, members: Mapping[str, Any]) -> None:
        """Raise DisagreesError if the log says something else here."""
        if kind == "verdict":
            self._playback.take(kind)  # all other lines were taken when they were asked for
        line = next(self._lines)
        compare({"part": self.part, **members}, line, place_of(line))


def replay(lines: list[dict[str, Any]], settings: Settings, target: Target, seen: Gathered) -> bool:
    """Judge the lines of one process again; return whether they go to its end.

    Raises DisagreesError where the checks ask or settle something else.
    """
    playback = Playback(lines)
    identity = Identity(lines[0]["token"], lines[0]["mark"], recalled_from_json(lines[0]))
    kit = Kit(settings, playback.connect, target=target, identity=identity, recorder=_Comparer(playback, lines))
    again = _Again(kit, playback)
    kit.ahead = again
    whole = True
    try:
        kit.start()
        while (case := playback.next_case()) not in (None, *AROUND_CASES):
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


def first_difference(again: Any, logged: Any, at: str = "") -> str:
    """Return the place and the two values of the first difference of two JSON values."""
    if isinstance(again, dict) and isinstance(logged, dict):
        for key in [*again, *(k for k in logged if k not in again)]:
            if again.get(key) != logged.get(key):
                return first_difference(again.get(key), logged.get(key), f"{at}/{key}")
    if isinstance(again, list) and isinstance(logged, list) and len(again) == len(logged):
        for number, (one, other) in enumerate(zip(again, logged, strict=True)):
            if one != other:
                return first_difference(one, other, f"{at}/{number}")
    return f"{at or 'it'} is {short(json.dumps(logged), 200)} instead of {short(json.dumps(again), 200)}"


def short(text: str, length: int = 600) -> str:
    """Return a text, or its beginning."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
