"""Searching histories of calls for one after which a target shows something wrong.

What breaks the model is told by the shortest history that did.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from conformance.checks.drawing import repeatable
from conformance.checks.history_machine import HistoryMachine, Search, replay
from conformance.checks.history_model import SETTLED, Disagreement
from conformance.checks.registry import Case
from conformance.exchange import Call, Flow, Inconclusive, Verdict
from conformance.judge.reaction import why_unusable
from conformance.provisioning.known import create_dataset
from conformance.settings import Extent
from conformance.world import BlockedError, World

STEPS = 12


def history_cases(extent: Extent) -> Iterator[Case]:
    """Yield the case that searches as many histories as a profile asks for."""
    if not extent.histories:
        return

    def flow(world: World) -> Flow:
        return _search(world, extent.histories)

    yield Case("BatchGetFileMeta/explore/histories", "BatchGetFileMeta", SETTLED, flow, "create-and-clean")


def _search(world: World, examples: int) -> Flow:
    world.need("files")
    place = {"ProjectName": world.writing.project, "DatasetName": f"conformance-{world.token}-histories"}
    uris = _given_uris(world)
    made = yield from create_dataset(world, place)
    if not made.accepted:
        raise BlockedError(f"{why_unusable(made)}, and the check needs it")
    search = Search(world, place, uris)
    yield from search.bridge.drive(lambda: _run(search, examples))
    yield Call("DeleteDataset", place)
    if search.unusable and search.shortest is None:
        if world.given_bucket:
            raise BlockedError(f"{search.unusable}; histories are of objects and buckets that the run makes up")
        if search.refuses_absent:
            raise BlockedError(f"{search.unusable}; histories ask for what was deleted, and the target refuses that")
        raise Inconclusive(search.unusable)
    yield from _verdicts(search)


def _given_uris(world: World) -> dict[str, str]:
    """Return two objects that exist, or nothing where an object that is made up is as good.

    Raises BlockedError if only one is known.
    """
    if any(file.via != "fixture" for file in world.files):
        return {}
    given = world.given_objects
    if len(given) < 2:
        raise BlockedError("histories need two objects; add a second one to [fixtures] indexed_uris")
    return dict(zip("ab", given, strict=False))


def _verdicts(search: Search) -> Iterator[Verdict]:
    found = search.shortest
    if found is not None:
        yield Verdict(
            found.difference.requirement,
            "violates",
            expected=f"after {'; '.join(a.told for a in found.history)}: {found.difference.expected}",
            observed=found.difference.observed,
            exchange=found.exchange,
        )
        return
    for requirement in SETTLED:
        if requirement in search.judged:
            yield Verdict(requirement, "conforms")


def _run(search: Search, examples: int) -> None:
    """Search; a failure is in `search.shortest`, so what Hypothesis raises is dropped."""

    class Machine(HistoryMachine):
        shared = search

    strict = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    try:
        with repeatable():
            run_state_machine_as_test(
                seed(zlib.crc32(b"histories") + (search.world.seed << 32))(Machine), settings=strict
            )
    except Flaky:
        # A target that answers otherwise a second time lets a history go on otherwise; what was judged before stands.
        pass
    except Exception:
        if search.shortest is None and not search.unusable:
            raise
    if search.shortest is not None:
        search.shortest = _shortened(search, Machine, search.shortest)


def _shortened(search: Search, machine: type[HistoryMachine], found: Disagreement) -> Disagreement:
    """Leave out one step after the other, as long as the rest still disagrees, until none can go."""
    before: Disagreement | None = None
    while found is not before and not search.over:
        before = found
        for position in reversed(range(len(before.history) - 1)):
            if position < len(found.history) - 1 and not search.over:
                fewer = found.history[:position] + found.history[position + 1 :]
                found = replay(machine, fewer) or found
    return found
