"""One run against the clean embedded emulator, kept so that it can be judged again with changed answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from conformance.checks.registry import Case, watches
from conformance.exchange import Exchange
from conformance.judge.observer import Observer
from conformance.kit import Kit
from conformance.runner import identity
from conformance.selftest.judging import SAME
from conformance.selftest.planting import After
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator, seed
from conformance.world import World
from emulator import Answer, Emulator
from emulator import Call as ReadCall
from emulator.encoding import encode_answer
from emulator.http import Response
from openapi import Contract

_ID = "x-acs-request-id"
"""The header by which the two sides of an exchange are brought together: several may be under way at once."""


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


def record() -> Recording:
    """Run every case against the clean emulator and keep what was exchanged."""
    taker = _Taker()
    kit = Kit(Settings(), taker.connect, identity=SAME)
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
    return made


class _Taker:
    """Sees each exchange on both sides: as a fault of the emulator, and where the kit sends."""

    id = "recorder"
    description = "changes nothing"

    def __init__(self) -> None:
        self.case = "provisioning"
        self.kept: list[Recorded] = []
        self.emulator: Emulator | None = None
        self._answered: dict[str, tuple[ReadCall, Answer]] = {}

    def before(self, call: ReadCall, emulator: Emulator) -> None:
        """Let every call pass."""

    def after(self, call: ReadCall, answer: Answer, emulator: Emulator) -> Answer:
        """Note the answer that goes out; those of the message service have another header."""
        del emulator
        if _ID in answer.headers:
            self._answered[answer.headers[_ID]] = (call, answer)
        return answer

    def connect(self, target: Target, contract: Contract) -> Connection:
        """Return a connection to a new emulator whose exchanges are kept."""
        self.emulator, clock = embedded_emulator(faults=[self])
        return replace(
            connect_emulator(target, contract, self.emulator, clock), seeded=seed(self.emulator), heard=self._keep
        )

    def _keep(self, exchange: Exchange) -> None:
        answered = self._answered.pop(exchange.answer.headers.get(_ID, ""), None) if exchange.answer else None
        if answered is None:
            return
        read, answer = answered
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
