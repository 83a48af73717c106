"""A Hypothesis rule-based state machine that drives a target and the model together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from conformance.checks.bridge import Bridge
from conformance.checks.history_model import (
    BOUND,
    FOUND,
    IDEMPOTENT,
    UNBOUND,
    VALUES,
    Action,
    Difference,
    Disagreement,
    Model,
    files_by_uri,
)
from conformance.exchange import Call, Exchange, Wait
from conformance.judge.reaction import Reaction, misses_some, react, why_unusable
from conformance.polling import waits
from conformance.world import World

MOST_SHRINKING_CALLS = 400
MOST_WAITING = 60.0
MOST_BINDINGS = 4
_PROJECTION = ["URI", "CustomLabels"]
_NEVER_FOUND = (
    "no file was found within the time that asynchronous work may take; if indexing takes longer, "
    "raise [limits] settle_seconds"
)
_SUBJECTS = ("a", "b", "ab")


class DisagreementError(AssertionError):
    """A history after which the target shows something else than the model."""

    def __init__(self, found: Disagreement) -> None:
        super().__init__(found.difference.observed)
        self.found = found


@dataclass(slots=True)
class Search:
    """What all histories of one search share: the bridge, what was judged, the shortest failure.

    `uris` are those of objects that exist, by name; where it is empty each
    history makes up its own. `labelled` says that answers show CustomLabels,
    `found` that a file was ever found, `deleted` that one could be deleted,
    `unbindable` that no bucket can be bound, `undeletable` that the target
    has no operation to delete with, `refuses_absent` that it refuses to look
    for what was deleted.
    """

    world: World
    place: dict[str, Any]
    uris: dict[str, str]
    bridge: Bridge = field(default_factory=Bridge)
    runs: int = 0
    spent: int = 0
    waited: float = 0.0
    judged: set[str] = field(default_factory=set)
    labelled: bool = False
    found: bool = False
    deleted: bool = False
    unbindable: bool = False
    undeletable: bool = False
    shortest: Disagreement | None = None
    unusable: str = ""
    refuses_absent: bool = False
    slowest: float = 0.1

    @property
    def patience(self) -> float:
        """How long to wait for agreement, in seconds.

        Once a failure is known, three times what the slowest agreement took
        is enough to make it shorter.
        """
        settle = self.world.effect_seconds if self.uris else self.world.settle_seconds
        return settle if self.shortest is None else min(settle, 3 * self.slowest)

    @property
    def over(self) -> bool:
        """Whether enough was spent on waiting, or on making the failure shorter."""
        return self.spent > MOST_SHRINKING_CALLS or self.waited > MOST_WAITING or bool(self.unusable)

    @property
    def bucket(self) -> dict[str, str]:
        """The parameter that names the bucket that is bound and unbound."""
        return {"URI": f"oss://{self.world.bucket}-histories"}

    def ask(self, operation: str, params: dict[str, Any]) -> Exchange:
        """Send a call in the machine's dataset."""
        if self.shortest is not None:
            self.spent += 1
        return self.bridge.ask(Call(operation, {**self.place, **params}))

    def wait(self, wait: Wait) -> None:
        """Let time pass."""
        self.waited += wait.seconds
        self.bridge.wait(wait)

    def give_up(self, exchange: Exchange) -> None:
        """End the search: a call that it stands on did not work."""
        self.unusable = self.unusable or why_unusable(exchange)


class HistoryMachine(RuleBasedStateMachine):
    """The rules; `shared` is given by a subclass."""

    shared: Search

    def __init__(self) -> None:
        super().__init__()
        self.shared.runs += 1
        world, run = self.shared.world, self.shared.runs
        made_up = {name: world.uri(f"histories/{run}/{name}.jpg") for name in "ab"}
        self.model = Model(self.shared.uris or made_up)
        self.history: list[Action] = []

    @rule(names=st.sampled_from(_SUBJECTS), mark=st.sampled_from("xyz"))
    def index(self, names: str, mark: str) -> None:
        """Index one file or both, for the first time or again, with a label of its own that shows when it is done."""
        if self.shared.over:
            return
        label = f"{mark}{1 + sum(action.rule == 'index' for action in self.history)}"
        self._tell("index", f"index {_told(names)} with label {label}", names=names, mark=mark)
        entries = [{"URI": self.model.uris[name], "CustomLabels": {"step": label}} for name in names]
        made = self._index(entries)
        if react(made) is not Reaction.ACCEPTED:
            self.shared.give_up(made)
            return
        self.model.index(names, label)
        self._read()

    def _index(self, entries: list[dict[str, Any]]) -> Exchange:
        """Have files indexed by the operation for as many, or by the only one that the target has."""
        usable = self.shared.world.operations
        alone = len(entries) == 1 and "IndexFileMeta" in usable
        if alone or "BatchIndexFileMeta" not in usable:
            return [self.shared.ask("IndexFileMeta", {"File": entry}) for entry in entries][-1]
        return self.shared.ask("BatchIndexFileMeta", {"Files": entries})

    @precondition(lambda self: bool(self.model.known))
    @rule(names=st.sampled_from(_SUBJECTS))
    def delete(self, names: str) -> None:
        """Delete one file or both, whether or not they are there any more."""
        if self.shared.over or self.shared.undeletable:
            return
        self._tell("delete", f"delete {_told(names)}", names=names)
        uris = [self.model.uris[name] for name in names]
        if len(uris) == 1:
            made = self.shared.ask("DeleteFileMeta", {"URI": uris[0]})
        else:
            made = self.shared.ask("BatchDeleteFileMeta", {"URIs": uris})
        if react(made) is Reaction.UNKNOWN_OPERATION:
            self.shared.undeletable = True
            self.history.pop()
            return
        absent = not set(names) & self.model.labels.keys()
        if react(made) is Reaction.ACCEPTED:
            self.shared.deleted = self.shared.deleted or not absent
            self._note(IDEMPOTENT, absent)
            self.model.delete(names)
            self._read()
        elif absent and self.shared.deleted and react(made).refuses:
            observed = f"it was refused with the Code '{made.answer.code if made.answer else ''}'"
            self._disagree(Difference(IDEMPOTENT, f"deleting {_told(names)}, not indexed, succeeds", observed), made)
        elif not absent or not react(made).refuses:
            self.shared.give_up(made)

    @precondition(lambda self: bool(self.model.labels) and self.history[-1].rule != "project")
    @rule()
    def project(self) -> None:
        """Read two fields of all files."""
        if self.shared.over:
            return
        self._tell("project", "read some fields of all")
        self._agree(
            lambda: self.shared.ask("BatchGetFileMeta", {"URIs": self.model.touched(), "WithFields": _PROJECTION}),
            lambda seen: self.model.compare_projected(seen, labelled=self.shared.labelled),
        )
        self._note(VALUES, bool(self.model.labels))

    @precondition(lambda self: sum(action.rule == "bind" for action in self.history) < MOST_BINDINGS)
    @rule()
    def bind(self) -> None:
        """Bind a bucket, or unbind it."""
        if self.shared.over or self.shared.unbindable:
            return
        operation = "DeleteBinding" if self.model.bound else "CreateBinding"
        self._tell("bind", "unbind" if self.model.bound else "bind")
        made = self.shared.ask(operation, self.shared.bucket)
        if react(made) is not Reaction.ACCEPTED:
            # The bucket is made up, and a target may know that it does not exist.
            self.shared.unbindable = True
            self.history.pop()
            return
        self.model.bound = not self.model.bound
        self._agree(lambda: self.shared.ask("GetBinding", self.shared.bucket), self.model.compare_binding)
        self._note(BOUND if self.model.bound else UNBOUND, True)

    def teardown(self) -> None:
        """Remove the files and the binding of this history."""
        if self.model.known:
            self.shared.ask("BatchDeleteFileMeta", {"URIs": self.model.touched()})
        if self.model.bound:
            self.shared.ask("DeleteBinding", self.shared.bucket)

    def _tell(self, rule_name: str, told: str, **arguments: str) -> None:
        self.history.append(Action(rule_name, tuple(arguments.items()), told))

    def _read(self) -> None:
        """Read all files until they agree, and take note of what that judged."""
        self._agree(lambda: self.shared.ask("BatchGetFileMeta", {"URIs": self.model.touched()}), self._compare)
        if not self.shared.unusable:
            self.shared.judged.update(self.model.settled(labelled=self.shared.labelled))

    def _compare(self, seen: Exchange) -> Difference | None:
        shown = [labels for entries in files_by_uri(seen).values() for labels in entries]
        self.shared.found = self.shared.found or bool(shown)
        self.shared.labelled = self.shared.labelled or any(shown)
        return self.model.compare(seen, labelled=self.shared.labelled)

    def _agree(self, look: Callable[[], Exchange], compare: Callable[[Exchange], Difference | None]) -> None:
        """Look until the target shows what the model holds, or tell how it does not."""
        waited = 0.0
        for wait in (None, *waits(self.shared.patience)):
            if wait:
                self.shared.wait(wait)
                waited += wait.seconds
            seen = look()
            if react(seen).unrelated or react(seen) is Reaction.BROKEN:
                self.shared.give_up(seen)
                return
            difference = compare(seen)
            if difference is None:
                self.shared.slowest = max(self.shared.slowest, waited)
                return
        assert difference is not None
        if misses_some(seen, [self.model.uris[name] for name in self.model.labels]):
            self.shared.refuses_absent = True
            self.shared.give_up(seen)
            return
        if difference.requirement == FOUND and not self.shared.found:
            self.shared.unusable = self.shared.unusable or _NEVER_FOUND
            return
        self._disagree(difference, seen)

    def _note(self, requirement: str, occasion: bool) -> None:
        if occasion and not self.shared.unusable:
            self.shared.judged.add(requirement)

    def _disagree(self, difference: Difference, exchange: Exchange) -> None:
        found = Disagreement(difference, tuple(self.history), exchange)
        self.shared.shortest = self.shared.shortest or found
        raise DisagreementError(found)


def replay(machine: type[HistoryMachine], history: Sequence[Action]) -> Disagreement | None:
    """Take the steps of a history again, as far as the first that disagrees."""
    state = machine()
    try:
        for action in history:
            getattr(state, action.rule)(**dict(action.arguments))
    except DisagreementError as error:
        return error.found
    finally:
        state.teardown()
    return None


def _told(names: str) -> str:
    return " and ".join(names)
