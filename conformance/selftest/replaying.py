"""The recorded run judged again with changed answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial

from conformance.checks.registry import DRAWN, Case, hearings, watches
from conformance.exchange import Call, Exchange, Flow
from conformance.findings import CaseResult
from conformance.judge.observer import Observation
from conformance.notifications import NoticeJudge
from conformance.runner import Runner, identity
from conformance.selftest.planting import PlantedFault
from conformance.selftest.recording import Recorded, Recording, changed_response, record
from conformance.waiting import Waiting
from conformance.wire.answers import BodyLimits, read_body
from emulator import Emulator
from reports.tally import Tally

MOST_LOOKS = 20
"""Changed answers that are judged by themselves; more of them while none has shown the fault."""


class DivergedError(Exception):
    """A flow asks for what was not recorded, since it was told something else."""


@lru_cache(maxsize=1)
def recording() -> Recording:
    """Return the recorded run of this process and its children, with the cases that can be driven again."""
    made = record()
    made.replayable = frozenset(_replayable(made))
    return made


def _alter(kept: Recorded, fault: PlantedFault, emulator: Emulator) -> Exchange | None:
    """Return an exchange with the answer that the fault makes of it; None if it makes none of it."""
    response = changed_response(kept, fault.after, emulator)
    if response is None:
        return None
    assert kept.exchange.answer is not None
    value, problem, flaws = read_body(response.body, BodyLimits())
    headers = {name.lower(): text for name, text in response.headers}
    answer = replace(
        kept.exchange.answer,
        status=response.status,
        headers=headers,
        body=response.body,
        value=value,
        problem=problem,
        flaws=flaws,
    )
    return replace(kept.exchange, answer=answer)


class Alterations:
    """The recorded exchanges as a fault changes them, made when they are asked for."""

    def __init__(self, recording: Recording, fault: PlantedFault | None = None) -> None:
        self._recording = recording
        self._fault = fault
        self._made: dict[int, Exchange | None] = {}

    def of(self, kept: Recorded) -> Exchange | None:
        """Return an exchange as changed; None if the fault does not change it."""
        number = kept.exchange.number
        if self._fault is None:
            return None
        if number not in self._made:
            concerned = self._fault.concerns(kept.read, kept.status)
            self._made[number] = _alter(kept, self._fault, self._recording.emulator) if concerned else None
        return self._made[number]

    @property
    def count(self) -> int:
        """How many exchanges were changed so far."""
        return sum(made is not None for made in self._made.values())


class _Sparing:
    """An observer that looks at changed exchanges only, each once.

    Of those beyond the first `MOST_LOOKS` it looks at none once `enough` says so.
    """

    def __init__(self, recording: Recording, alterations: Alterations, enough: Callable[[], bool]) -> None:
        self._observer = recording.observer
        self._alterations = alterations
        self._enough = enough
        self._seen: set[int] = set()
        self.sent: dict[int, Recorded] = {}

    @property
    def done(self) -> bool:
        """Whether it has seen enough."""
        return len(self._seen) >= MOST_LOOKS and self._enough()

    def observe(self, exchange: Exchange) -> Observation:
        """Return what a changed exchange shows of every requirement it touches."""
        if exchange.number in self._seen or self.done or self._alterations.of(self.sent[exchange.number]) is None:
            return Observation()
        self._seen.add(exchange.number)
        return self._observer.observe(exchange)


class Replay:
    """Judges the recorded run again with some of its answers changed.

    A call gets the exchanges that were recorded for equal calls of its case,
    one after the other and then the last again; `number` is that of the
    latest one in the recorded run.
    """

    def __init__(
        self,
        recording: Recording,
        alterations: Alterations,
        tally: Tally,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        self._recording = recording
        self._alterations = alterations
        self._sparing = _Sparing(recording, alterations, enough)
        self._waiting: dict[str, deque[Recorded]] = {}
        self.number = 0
        self.diverged: list[str] = []
        self.runner = Runner(
            contract=recording.contract,
            observer=self._sparing,
            send=self._send,
            waiting=Waiting(self._send, sleep=lambda _: None),
            rerun=str,
            tally=tally,
            notice_judge=NoticeJudge(recording.contract, hearings(), watches()),
        )

    def run(self, case: Case) -> CaseResult:
        """Drive the flow of a case over what was recorded, as far as it goes the same way."""
        self._waiting = {}
        for kept in self._recording.by_case.get(case.id, ()):
            self._waiting.setdefault(kept.key, deque()).append(kept)
        try:
            return self.runner.run(case.id, case.requirements, partial(case.flow, self._recording.world))
        except DivergedError:
            self.diverged.append(case.id)
            return CaseResult(case.id)

    def look(self, kept: Recorded) -> None:
        """Judge what one changed exchange shows by itself, unless enough was seen."""
        if self._sparing.done or self._alterations.of(kept) is None:
            return
        call = replace(kept.exchange.call, reuse=False)
        self._waiting = {kept.key: deque([kept])}
        self.runner.run(kept.case, (), partial(_just, call))

    def _send(self, call: Call) -> Exchange:
        kept = self._next(call)
        if kept is None:
            raise DivergedError
        self.number = kept.exchange.number
        self._sparing.sent[self.number] = kept
        return self._alterations.of(kept) or kept.exchange

    def _next(self, call: Call) -> Recorded | None:
        """Return what comes next for a call: a control that an earlier case sent, or what this case got."""
        key = identity(call)
        control = self._recording.controls.get(key)
        waiting = self._waiting.get(key)
        if not waiting or (call.reuse and control is not None and waiting[0] is not control):
            return control
        return waiting.popleft() if len(waiting) > 1 else waiting[0]


def _just(call: Call) -> Flow:
    yield call


def _replayable(recording: Recording) -> Iterator[str]:
    """Yield the cases whose flows ask for the same again when they get the same answers."""
    for case in recording.cases:
        if case.channel or DRAWN in case.id:
            continue
        tally = Tally()
        replay = Replay(recording, Alterations(recording), tally)
        result = replay.run(case)
        broken = [r for r in tally.violations if recording.contract.ledger[r].must]
        if not replay.diverged and not result.unjudged and not broken:
            yield case.id
