"""Cases that are judged while another one waits, so that waiting costs a run less time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from conformance.checks.registry import DRAWN, Case
from conformance.checks.rows import READ_ONLY
from conformance.evidence.recording import PlaybackError
from conformance.findings import CaseResult
from conformance.information import cost, waits
from conformance.journal import INDEXING
from reports.runlog import LogError

_APART = READ_ONLY - {"BatchGetFileMeta", "GetBinding"}
"""Operations that read what no other of the eight changes: nothing can disturb a case that waits for it."""

_LISTENING = "Notifications"
"""The requirements of cases that count messages: of files that are indexed meanwhile there could be some."""


@dataclass(slots=True)
class Ahead:
    """The brief cases of a run that are still to be judged, in the order in which they will be asked for.

    Those that may change something are judged only where that cannot matter to the case that waits.
    `may_index` says that files may be indexed meanwhile: they are of nobody else, and soon done.
    `sleep` lets time pass. What came of a case is kept until it is asked for.
    `pace` is how many seconds a request took of late: the case that waits has
    to look again in time, so none is begun that takes longer than is left.
    """

    sleep: Callable[[float], None] = time.sleep
    may_index: Callable[[], bool] = lambda: False
    cases: dict[str, Case] = field(default_factory=dict)
    kept: dict[str, CaseResult | Exception] = field(default_factory=dict)
    pace: float = 0.01
    _judging: str = ""

    def offer(self, cases: Iterable[Case]) -> None:
        """Take those of the cases that will be asked for that are brief, or only read and need not wait for it."""
        self.cases = {case.id: case for case in cases if case.brief or (case.tier == "reads" and not waits(case))}

    def taken(self, case: Case) -> CaseResult | None:
        """Return what came of a case that was judged already, None if it was not; raise what it raised."""
        self.cases.pop(case.id, None)
        found = self.kept.pop(case.id, None)
        if isinstance(found, Exception):
            raise found
        return found

    def fill(self, seconds: float, waiting: str, judge: Callable[[Case], CaseResult]) -> None:
        """Let so many seconds pass in which the case `waiting` waits, and judge brief cases in them.

        A case that is judged ahead and waits is not interrupted in its turn.
        Raises PlaybackError and LogError as they do.
        """
        end = time.monotonic() + seconds
        while case := self._next(waiting, end - time.monotonic()):
            self._judge(self.cases.pop(case), judge)
        self.sleep(max(end - time.monotonic(), 0.0))

    def _next(self, waiting: str, seconds: float) -> str:
        """Return what to judge in so many seconds; Hypothesis draws for one case at a time."""
        if waiting == self._judging:
            return ""
        owner = waiting.split("/", maxsplit=1)[0]
        harmless = (case for case in self.cases.values() if self._is_harmless(case, owner))
        fitting = (case.id for case in harmless if cost(case) * self.pace < seconds)
        return next((name for name in fitting if DRAWN not in waiting or DRAWN not in name), "")

    def _is_harmless(self, case: Case, owner: str) -> bool:
        """Return whether a case cannot disturb another one, whose requirement has this `owner`, while that waits."""
        if case.operation in INDEXING and case.tier != "reads":
            return owner != _LISTENING and self.may_index()
        return case.tier == "reads" or owner in _APART

    def _judge(self, case: Case, judge: Callable[[Case], CaseResult]) -> None:
        self._judging, begun = case.id, time.monotonic()
        try:
            self.kept[case.id] = judge(case)
        except (PlaybackError, LogError):
            raise
        except Exception as error:  # a defect of a check may be anything; it is raised where the case is asked for
            self.kept[case.id] = error
        finally:
            self._judging = ""
            self.pace = (self.pace + (time.monotonic() - begun) / max(cost(case), 1)) / 2
