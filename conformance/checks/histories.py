"""A model of what must be visible, driven through histories of calls.

A Hypothesis rule-based state machine indexes, indexes again, deletes, reads,
projects, binds and unbinds a few files of its own, and compares what the
target shows with the model after each step. What breaks it is told by the
shortest history that did.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from conformance.checks.bridge import Bridge
from conformance.checks.drawing import repeatable
from conformance.checks.registry import Case
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Verdict
from conformance.judge.reaction import Reaction, react, why_unusable
from conformance.polling import pauses
from conformance.settings import Extent
from conformance.world import BlockedError, World

GONE = "BatchGetFileMeta/behavior/gone-after-delete"
FOUND = "BatchGetFileMeta/behavior/found-after-index"
LABELS = "IndexFileMeta/behavior/effect-labels"
AGAIN = "IndexFileMeta/behavior/reindex"
BOUND = "CreateBinding/behavior/visible"
UNBOUND = "GetBinding/behavior/gone-after-delete"
SETTLED = (GONE, FOUND, LABELS, AGAIN, BOUND, UNBOUND)
STEPS = 9
MOST_SHRINKING_CALLS = 400


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a history: the rule, its arguments, and how it is told."""

    rule: str
    arguments: tuple[tuple[str, str], ...]
    told: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where target and model part: the requirement, both readings, the history."""

    requirement: str
    expected: str
    observed: str
    history: tuple[Action, ...]
    exchange: Exchange


@dataclass(slots=True)
class Search:
    """What all histories of one search share: the bridge, the shortest failure."""

    world: World
    place: dict[str, Any]
    bridge: Bridge = field(default_factory=Bridge)
    runs: int = 0
    spent: int = 0
    shortest: Disagreement | None = None
    found: Disagreement | None = None
    unusable: str = ""
    slowest: float = 0.1

    @property
    def patience(self) -> float:
        """How long to wait for agreement, in seconds.

        Once a failure is known, three times what the slowest agreement took
        is enough to make it shorter.
        """
        settle = self.world.settle_seconds
        return settle if self.shortest is None else min(settle, 3 * self.slowest)

    def ask(self, operation: str, params: dict[str, Any]) -> Exchange:
        """Send a call in the machine's dataset."""
        if self.shortest is not None:
            self.spent += 1
        return self.bridge.ask(Call(operation, {**self.place, **params}))

    @property
    def over(self) -> bool:
        """Whether enough was spent on making the failure shorter."""
        return self.spent > MOST_SHRINKING_CALLS or bool(self.unusable)


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
    made = yield Call("CreateDataset", place)
    if not made.accepted:
        raise BlockedError(f"{why_unusable(made)}, and the check needs it")
    search = Search(world, place)
    yield from search.bridge.drive(lambda: _run(search, examples))
    yield Call("DeleteDataset", place)
    if search.unusable and search.shortest is None:
        raise Inconclusive(search.unusable)
    yield from _verdicts(search)


def _verdicts(search: Search) -> Iterator[Verdict]:
    found = search.shortest
    if found is not None:
        yield Verdict(
            found.requirement,
            "violates",
            expected=f"after {'; '.join(a.told for a in found.history)}: {found.expected}",
            observed=found.observed,
            exchange=found.exchange,
        )
        return
    for requirement in SETTLED:
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
            run_state_machine_as_test(seed(zlib.crc32(b"histories"))(Machine), settings=strict)
    except Exception:
        if search.shortest is None and not search.unusable:
            raise
    if search.shortest is not None:
        _shorten(search, Machine)


def _shorten(search: Search, machine: type[HistoryMachine]) -> None:
    """Leave out one step after the other, as long as the rest still disagrees."""
    assert search.shortest is not None
    kept, position = search.shortest.history, 0
    while position < len(kept) - 1 and not search.over:
        fewer = kept[:position] + kept[position + 1 :]
        search.found = None
        _replay(machine, fewer)
        if search.found is not None:
            kept, search.shortest = fewer, search.found
        else:
            position += 1


def _replay(machine: type[HistoryMachine], history: tuple[Action, ...]) -> None:
    state = machine()
    try:
        for action in history:
            getattr(state, action.rule)(**dict(action.arguments))
    except DisagreementError:
        return
    finally:
        state.teardown()


class DisagreementError(AssertionError):
    """A history after which the target shows something else than the model."""


class HistoryMachine(RuleBasedStateMachine):
    """The model and its rules; `shared` is given by a subclass."""

    shared: Search

    def __init__(self) -> None:
        super().__init__()
        self.shared.runs += 1
        self.files: dict[str, str] = {}
        self.bound = False
        self.history: list[Action] = []
        self.known: set[str] = set()

    def _uri(self, name: str) -> str:
        return self.shared.world.uri(f"histories/{self.shared.runs}/{name}.jpg")

    def _disagree(self, requirement: str, expected: str, observed: str, exchange: Exchange) -> None:
        found = Disagreement(requirement, expected, observed, tuple(self.history), exchange)
        self.shared.found = found
        self.shared.shortest = self.shared.shortest or found
        raise DisagreementError(observed)

    def _tell(self, rule_name: str, told: str, **arguments: str) -> None:
        self.history.append(Action(rule_name, tuple(arguments.items()), told))

    def _act(self, operation: str, params: dict[str, Any]) -> Exchange | None:
        """Send a call that changes something; one that is refused ends the search."""
        made = self.shared.ask(operation, params)
        if react(made) is not Reaction.ACCEPTED:
            self.shared.unusable = self.shared.unusable or why_unusable(made)
            return None
        return made

    @rule(name=st.sampled_from("ab"), label=st.sampled_from("xy"))
    def index(self, name: str, label: str) -> None:
        """Index a file, for the first time or again."""
        if self.shared.over:
            return
        self._tell("index", f"index {name} with label {label}", name=name, label=label)
        entry = {"URI": self._uri(name), "CustomLabels": {"step": label}}
        if self._act("IndexFileMeta", {"File": entry}) is not None:
            self.known.add(name)
            self.files[name] = label
            self._compare()

    @rule(label=st.sampled_from("xyz"))
    def index_both(self, label: str) -> None:
        """Index both files at once."""
        if self.shared.over:
            return
        self._tell("index_both", f"index a and b at once with label {label}", label=label)
        entries = [{"URI": self._uri(n), "CustomLabels": {"step": label}} for n in "ab"]
        if self._act("BatchIndexFileMeta", {"Files": entries}) is not None:
            self.known.update("ab")
            self.files = dict.fromkeys("ab", label)
            self._compare()

    @rule(name=st.sampled_from("ab"))
    def delete(self, name: str) -> None:
        """Delete a file, whether or not it is there."""
        if self.shared.over:
            return
        self._tell("delete", f"delete {name}", name=name)
        if self._act("DeleteFileMeta", {"URI": self._uri(name)}) is not None:
            self.known.add(name)
            self.files.pop(name, None)
            self._compare()

    @rule()
    def bind(self) -> None:
        """Bind a bucket, or unbind it."""
        if self.shared.over:
            return
        uri = {"URI": f"oss://{self.shared.world.bucket}-histories"}
        operation = "DeleteBinding" if self.bound else "CreateBinding"
        self._tell("bind", "unbind" if self.bound else "bind")
        if self._act(operation, uri) is None:
            return
        self.bound = not self.bound
        seen = self.shared.ask("GetBinding", uri)
        if react(seen).unrelated or react(seen) is Reaction.BROKEN:
            return
        binding = seen.value.get("Binding")
        there = seen.accepted and isinstance(binding, dict) and binding.get("State") != "Deleted"
        if there != self.bound:
            ids = (UNBOUND, BOUND)
            words = ("no binding", "the binding")
            self._disagree(ids[self.bound], words[self.bound], f"GetBinding shows {words[there]}", seen)

    def _compare(self) -> None:
        """Wait until the target shows what the model holds, or tell how it does not."""
        problem = None
        waited = 0.0
        for pause in (0.0, *pauses(self.shared.patience)):
            if pause:
                self.shared.bridge.wait(pause)
                waited += pause
            seen = self.shared.ask("BatchGetFileMeta", {"URIs": [self._uri(n) for n in sorted(self.known)]})
            if not seen.accepted:
                self.shared.unusable = self.shared.unusable or why_unusable(seen)
                return
            problem = self._difference(seen)
            if problem is None:
                self.shared.slowest = max(self.shared.slowest, waited)
                return
        assert problem is not None
        self._disagree(*problem)

    def _difference(self, seen: Exchange) -> tuple[str, str, str, Exchange] | None:
        shown = _labels_by_uri(seen)
        for name in sorted(self.known):
            found = shown.get(self._uri(name), [])
            if name not in self.files and found:
                return GONE, f"{name} is not found", f"{name} is still found", seen
            if name not in self.files:
                continue
            if not found:
                return FOUND, f"{name} is found", f"{name} is not found", seen
            if len(found) > 1:
                return AGAIN, f"one entry of {name}", f"{len(found)} entries of {name}", seen
            if found[0] != {"step": self.files[name]}:
                return LABELS, f"{name} has the label {self.files[name]}", f"its CustomLabels are {found[0]}", seen
        return None

    def teardown(self) -> None:
        """Remove the files and the binding of this history."""
        if self.known:
            self.shared.ask("BatchDeleteFileMeta", {"URIs": [self._uri(n) for n in sorted(self.known)]})
        if self.bound:
            self.shared.ask("DeleteBinding", {"URI": f"oss://{self.shared.world.bucket}-histories"})


def _labels_by_uri(seen: Exchange) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    files = seen.value.get("Files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and isinstance(file.get("URI"), str):
            found.setdefault(file["URI"], []).append(file.get("CustomLabels"))
    return found
