"""Faults that need a history of three or more steps before anything is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conformance.selftest.edits import renewed
from conformance.selftest.faults._files import READ, File, inputs_of, is_whole, listed
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import resource_not_found

_INDEXING = ("IndexFileMeta", "BatchIndexFileMeta")
_BINDING = ("CreateBinding", "DeleteBinding")
Key = tuple[str, str]


@dataclass(slots=True)
class _Past:
    """What happened to each file and bucket of each dataset so far."""

    labels: dict[Key, list[Any]] = field(default_factory=lambda: defaultdict(list))
    deletions: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    in_a_row: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    bindings: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    since: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    last_seen: dict[Key, File] = field(default_factory=dict)

    def note(self, call: Call) -> None:
        """Take note of a call; that it is accepted is taken for granted."""
        for key, file in _indexed(call):
            self.labels[key].append(file.get("CustomLabels"))
            self.in_a_row[key] = 0
            for other in self.deletions:
                self.since[other] += other[0] == key[0] and other != key
        for key in _deleted(call):
            self.deletions[key] += 1
            self.in_a_row[key] += 1
            self.since[key] = 0
        if call.action in _BINDING:
            self.bindings[_key(call, call.params.get("URI"))].append(call.action)


def _key(call: Call, uri: object) -> Key:
    return call.params.get("DatasetName", ""), str(uri)


def _indexed(call: Call) -> list[tuple[Key, File]]:
    files = inputs_of(call) if call.action in _INDEXING else []
    return [(_key(call, file.get("URI")), file) for file in files]


def _deleted(call: Call) -> list[Key]:
    if call.action == "DeleteFileMeta":
        return [_key(call, call.params.get("URI"))]
    return [_key(call, uri) for uri in listed(call, "URIs")] if call.action == "BatchDeleteFileMeta" else []


def _reading(see: Callable[[_Past, Call, list[File]], object]) -> tuple[Before, After]:
    """Return hooks that remember what happened and edit the files that are read."""
    past = _Past()

    def before(call: Call, emulator: Emulator) -> None:
        del emulator
        past.note(call)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        files: Any = answer.payload.get("Files")
        if call.action == READ and answer.status < 300 and isinstance(files, list):
            see(past, call, files)
        return answer

    return before, after


def _relabelled(choose: Callable[[_Past, Key, Call], Any]) -> tuple[Before, After]:
    """Return hooks that show other labels of a file where `choose` names some."""

    def see(past: _Past, call: Call, files: list[File]) -> None:
        for file in files:
            labels = choose(past, _key(call, file.get("URI")), call)
            if labels is not None and "CustomLabels" in file:
                file["CustomLabels"] = labels

    return _reading(see)


@plant("labels-return", "IndexFileMeta/behavior/effect-labels", "Indexing after a delete brings the old labels back.")
def _labels_return() -> tuple[Before, After]:
    return _relabelled(lambda past, key, _: past.labels[key][0] if past.deletions[key] and past.labels[key] else None)


@plant(
    "third-labels-lost", "IndexFileMeta/behavior/effect-labels", "The third indexing keeps the labels of the second."
)
def _third_labels_lost() -> tuple[Before, After]:
    return _relabelled(lambda past, key, _: past.labels[key][1] if len(past.labels[key]) == 3 else None)


@plant(
    "projection-stale",
    "BatchGetFileMeta/behavior/with-fields-values",
    "Once a file was indexed again, WithFields shows the labels from before.",
)
def _projection_stale() -> tuple[Before, After]:
    def choose(past: _Past, key: Key, call: Call) -> Any:
        return None if is_whole(call) or len(past.labels[key]) < 2 else past.labels[key][-2]

    return _relabelled(choose)


@plant(
    "deleted-comes-back",
    "BatchGetFileMeta/behavior/gone-after-delete",
    "A deleted file is found again once another one is indexed.",
)
def _deleted_comes_back() -> tuple[Before, After]:
    def see(past: _Past, call: Call, files: list[File]) -> None:
        found = {_key(call, file.get("URI")): file for file in files}
        past.last_seen.update(found)
        for uri in listed(call, "URIs"):
            key = _key(call, uri)
            if key not in found and past.since[key] and key in past.last_seen:
                files.append(past.last_seen[key])

    return _reading(see)


@plant(
    "deleted-twice-refused",
    "Provisioning/behavior/delete-file-meta-idempotent",
    "Deleting a file that was indexed a second time is refused.",
)
def _deleted_twice_refused() -> tuple[Before, None]:
    past = _Past()

    def before(call: Call, emulator: Emulator) -> Answer | None:
        past.note(call)
        if call.action == "DeleteFileMeta" and any(
            past.labels[key] and past.in_a_row[key] == 2 for key in _deleted(call)
        ):
            return emulator.refuse(call, resource_not_found("File"))
        return None

    return before, None


@plant(
    "doubled-after-delete",
    "IndexFileMeta/behavior/reindex",
    "A file that is indexed after it was deleted, and then again, has two entries.",
)
def _doubled_after_delete() -> tuple[Before, After]:
    def see(past: _Past, call: Call, files: list[File]) -> None:
        keys = [(_key(call, f.get("URI")), f) for f in files]
        files += [dict(f) for key, f in keys if past.deletions[key] and len(past.labels[key]) > 2]

    return _reading(see)


def _binding(times: int, answers: Callable[[Call, Answer, Emulator], Answer]) -> tuple[Before, After]:
    """Return hooks that replace what GetBinding answers after so many bindings and unbindings of a bucket."""
    past = _Past()

    def before(call: Call, emulator: Emulator) -> None:
        del emulator
        past.note(call)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        key = _key(call, call.params.get("URI"))
        if call.action == "GetBinding" and len(past.bindings[key]) == times:
            return answers(call, answer, emulator)
        return answer

    return before, after


@plant("rebound-unseen", "CreateBinding/behavior/visible", "A bucket that is bound a second time is not found.")
def _rebound_unseen() -> tuple[Before, After]:
    return _binding(3, lambda call, _, emulator: emulator.refuse(call, resource_not_found("Binding")))


@plant(
    "rebound-stays", "GetBinding/behavior/gone-after-delete", "A binding that was made twice stays after its removal."
)
def _rebound_stays() -> tuple[Before, After]:
    kept: dict[Key, Answer] = {}

    def stays(call: Call, answer: Answer, _: Emulator) -> Answer:
        before = kept.get(_key(call, call.params.get("URI")))
        return renewed(before, answer) if before else answer

    before, after = _binding(4, stays)

    def keeping(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "GetBinding" and answer.status < 300:
            kept[_key(call, call.params.get("URI"))] = answer
        return after(call, answer, emulator)

    return before, keeping
