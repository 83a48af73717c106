"""One run against the clean embedded emulator, kept so that it can be judged again with changed answers."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from conformance.checks.registry import Case, hearings, watches
from conformance.exchange import Call, Exchange, Flow
from conformance.judge.observer import Observation, Observer
from conformance.kit import Kit
from conformance.notifications import NoticeJudge
from conformance.runner import CaseResult, Runner, identity
from conformance.selftest.planting import After, PlantedFault
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator, seed
from conformance.wire.answers import BodyLimits, read_body
from conformance.world import World
from emulator import Answer, Emulator
from emulator import Call as ReadCall
from emulator.encoding import encode_answer
from emulator.http import Response
from openapi import Contract
from reports.tally import Tally

DRAWN = "/explore/"
"""Part of the ids of cases that draw what they send: only their answers are judged again, not their flows."""


MOST_LOOKS = 20
"""Changed answers that are judged by themselves; more of them while none has shown the fault."""


class DivergedError(Exception):
    """A flow asks for what was not recorded, since it was told something else."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An exchange of the recorded run: the call as the server read it, and its answer before it was encoded.

    `sent` is its body as it went out, and `key` the identity of the call.
    """

    case: str
    exchange: Exchange
    read: ReadCall
    status: int
    payload: str
    headers: Mapping[str, str]
    sent: bytes
    key: str


@dataclass(slots=True)
class Recording:
    """The exchanges of a run in their order, its cases, and the world that they were made in."""

    contract: Contract
    emulator: Emulator
    world: World
    cases: tuple[Case, ...]
    exchanges: tuple[Recorded, ...]
    observer: Observer
    by_case: dict[str, list[Recorded]] = field(default_factory=dict)
    controls: dict[str, Recorded] = field(default_factory=dict)
    replayable: frozenset[str] = frozenset()


@lru_cache(maxsize=1)
def recording() -> Recording:
    """Run every case against the clean emulator and keep what was exchanged; once in a process and its children."""
    taker = _Taker()
    kit = Kit(Settings(), taker.connect)
    kit.start()
    cases = kit.plan.cases
    for case in cases:
        taker.case = case.id
        kit.run(case)
    taker.case = "cleaning"
    kit.finish()
    assert taker.emulator is not None
    assert kit.world is not None
    observer = Observer(kit.contract, watches())
    made = Recording(kit.contract, taker.emulator, kit.world, cases, tuple(taker.kept), observer)
    for kept in made.exchanges:
        made.by_case.setdefault(kept.case, []).append(kept)
        if kept.exchange.call.reuse:
            made.controls.setdefault(kept.key, kept)
    made.replayable = frozenset(_replayable(made))
    return made


class _Taker:
    """Sees each exchange on both sides: as a fault of the emulator, and where the kit sends."""

    id = "recorder"
    description = "changes nothing"

    def __init__(self) -> None:
        self.case = "provisioning"
        self.kept: list[Recorded] = []
        self.emulator: Emulator | None = None
        self._last: tuple[ReadCall, Answer] | None = None

    def before(self, call: ReadCall, emulator: Emulator) -> None:
        """Let every call pass."""

    def after(self, call: ReadCall, answer: Answer, emulator: Emulator) -> Answer:
        """Note the answer that goes out."""
        del emulator
        self._last = (call, answer)
        return answer

    def connect(self, target: Target, contract: Contract) -> Connection:
        """Return a connection to a new emulator whose exchanges are kept."""
        self.emulator, clock = embedded_emulator(faults=[self])
        return replace(
            connect_emulator(target, contract, self.emulator, clock), seeded=seed(self.emulator), heard=self._keep
        )

    def _keep(self, exchange: Exchange) -> None:
        if exchange.answer is None or self._last is None:
            return
        read, answer = self._last
        self._last = None
        payload = json.dumps(answer.payload, ensure_ascii=False)
        sent = encode_answer(read, answer, {}).body
        key = identity(exchange.call)
        self.kept.append(Recorded(self.case, exchange, read, answer.status, payload, dict(answer.headers), sent, key))


def changed_response(kept: Recorded, after: After, emulator: Emulator) -> Response | None:
    """Return the response that a hook makes of a recorded one; None if it leaves it as it is."""
    made = after(kept.read, Answer(kept.status, json.loads(kept.payload), dict(kept.headers)), emulator)
    response = encode_answer(kept.read, made, {})
    same = made.status == kept.status and made.headers == kept.headers and response.body == kept.sent
    return None if same else response


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
        self.current: Recorded | None = None

    @property
    def done(self) -> bool:
        """Whether it has seen enough."""
        return len(self._seen) >= MOST_LOOKS and self._enough()

    def observe(self, exchange: Exchange) -> Observation:
        """Return what a changed exchange shows of every requirement it touches."""
        assert self.current is not None
        if exchange.number in self._seen or self.done or self._alterations.of(self.current) is None:
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
            sleep=lambda _: None,
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
        """Judge what one exchange shows by itself, unless enough was seen."""
        if self._sparing.done:
            return
        call = replace(kept.exchange.call, reuse=False)
        self._waiting = {kept.key: deque([kept])}
        self.runner.run(kept.case, (), partial(_just, call))

    def _send(self, call: Call) -> Exchange:
        key = identity(call)
        waiting = self._waiting.get(key)
        kept = (waiting.popleft() if len(waiting) > 1 else waiting[0]) if waiting else self._recording.controls.get(key)
        if kept is None:
            raise DivergedError
        self.number = kept.exchange.number
        self._sparing.current = kept
        return self._alterations.of(kept) or kept.exchange


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
