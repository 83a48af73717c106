"""How long a run waits at targets that change nothing, and that it waits for those that are slow."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.kit import Kit
from conformance.selftest.planting import PlantedFault, planted_faults
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator, seed
from emulator import Answer, Call, Emulator
from openapi import Contract

Waited = tuple[Kit, float]
EFFECTS = ("BatchIndexFileMeta/behavior/effect", "IndexFileMeta/behavior/effect")


def nothing(call: Call, emulator: Emulator) -> Answer:
    """Accept everything and do nothing."""
    del call, emulator
    return Answer(200, {}, {}, b"{}")


@pytest.fixture
def wait_at() -> Callable[..., Waited]:
    """Return the function that runs cases as on a socket; it returns the kit and how long was waited."""

    def run(*faults: PlantedFault, variations: tuple[str, ...] = (), **settings: Any) -> Waited:
        waited: list[float] = []

        def connector(target: Target, contract: Contract) -> Connection:
            emulator, clock = embedded_emulator(faults=faults, variations=variations)
            connection = connect_emulator(target, contract, emulator, clock)

            def sleep(seconds: float) -> None:
                waited.append(seconds)
                connection.sleep(seconds)

            return replace(connection, seeded=seed(emulator), in_process=False, sleep=sleep)

        kit = Kit(Settings(**settings), connector)
        for case in kit.plan.cases:
            kit.run(case)
        return kit, sum(waited)

    return run


def test_a_target_that_does_nothing(wait_at: Callable[..., Waited]) -> None:
    """At a target that answers everything alike a few waits are enough; what is given up is not judged, and says so."""
    dumb = PlantedFault("dumb", "Gateway/behavior/strict-json", "answers everything alike", before=nothing)

    kit, seconds = wait_at(dumb, select=(*EFFECTS, "GetBinding/behavior/state-order"))

    given_up = [why for why in kit.tally.inconclusive.values() if "before were in vain" in why]
    assert seconds < 35
    assert given_up
    assert "s were waited for this and no more, as 2 waits of up to 10 s before" in given_up[0]
    assert kit.tally.violations


def marked(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    """Say every state in words of its own."""
    del call, emulator
    text = json.dumps(answer.payload)
    for state in ("Ready", "Running", "Succeeded", "Finished", "SUCCESS", "Success"):
        text = text.replace(f'"{state}"', f'"<b>{state}</b>"')
    return Answer(answer.status, json.loads(text), answer.headers)


def test_a_target_whose_states_are_never_understood(wait_at: Callable[..., Waited]) -> None:
    """Answers that change and never become what is waited for bear no fruit, even if waits for other things do."""
    fault = PlantedFault("marked", "GetBinding/response/Binding/State/enum", "marked states", after=marked)

    kit, seconds = wait_at(fault, select=("Get*/behavior/*", *EFFECTS))

    assert seconds < 60
    assert kit.tally.violations


def flawed(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    """Leave the request id out of every answer."""
    del call, emulator
    payload = {name: value for name, value in answer.payload.items() if name != "RequestId"}
    return Answer(answer.status, payload, answer.headers, json.dumps(payload).encode())


def test_a_slow_target_with_another_fault(wait_at: Callable[..., Waited]) -> None:
    """A target that takes seconds and breaks something else is waited for to the end each time."""
    fault = PlantedFault("flawed", "GetTask/response/RequestId/required", "no request id", after=flawed)

    kit, seconds = wait_at(fault, variations=("slow",), select=(*EFFECTS, "GetBinding/behavior/state-order"))

    assert seconds > 10
    assert kit.tally.violations
    assert {*EFFECTS, "GetBinding/behavior/state-order"}.isdisjoint(kit.tally.inconclusive)
    assert {*EFFECTS, "GetBinding/behavior/state-order"}.isdisjoint(kit.tally.violations)


def test_a_repetition_of_what_was_waited_for(wait_at: Callable[..., Waited]) -> None:
    """What was waited for in full and did not come is waited for briefly when the case is repeated."""
    fault = planted_faults()["labels-merged"]
    requirement = "IndexFileMeta/behavior/reindex"

    kit, seconds = wait_at(fault, cases=(requirement,))

    (finding,) = kit.tally.findings[requirement]
    assert finding.repeats == "2/2"
    assert 10 < seconds < 13
