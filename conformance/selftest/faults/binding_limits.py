"""Faults of servers that count bindings wrongly, or keep what they refuse."""

from __future__ import annotations

from collections import Counter

from conformance.selftest.faults._files import dataset_of
from conformance.selftest.faults.bindings import key_of
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import limit_exceeded, resource_exists
from emulator.state import Binding

_DEFAULT = 10
_LIMIT = "CreateBinding/behavior/binding-limit"


def _refused_for_limit(call: Call, answer: Answer) -> bool:
    return call.action == "CreateBinding" and answer.payload.get("Code") == "LimitExceededError"


@plant("refused-binding-kept", "GetBinding/behavior/not-found", "One binding too many is refused, and found.")
def _refused_binding_kept() -> After:
    refused: set[tuple[str, str]] = set()

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        names = (call.params.get("DatasetName", ""), call.params.get("URI", ""))
        if _refused_for_limit(call, answer):
            refused.add(names)
        dataset = dataset_of(call, emulator)
        if call.action != "GetBinding" or names not in refused or dataset is None or names[1] in dataset.bindings:
            return answer
        bucket = names[1].removeprefix("oss://")
        dataset.bindings[names[1]] = Binding(names[1], bucket, next(iter(dataset.bindings.values())).create_time)
        found = emulator.operate(call)
        del dataset.bindings[names[1]]
        return found

    return after


@plant(
    "all-unbound",
    "Provisioning/behavior/delete-binding-scope",
    "DeleteBinding removes all bindings of a dataset that has two.",
)
def _all_unbound() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> None:
        dataset = dataset_of(call, emulator) if call.action == "DeleteBinding" else None
        if dataset is not None and call.params.get("URI") in dataset.bindings:
            kept = dataset.bindings[call.params["URI"]]
            dataset.bindings.clear()
            dataset.bindings[kept.uri] = kept

    return before, None


@plant("deleted-binding-counts", _LIMIT, "A binding that was deleted counts towards the limit.")
def _deleted_binding_counts() -> tuple[Before, After]:
    made: Counter[tuple[str, ...]] = Counter()

    def before(call: Call, emulator: Emulator) -> Answer | None:
        dataset = dataset_of(call, emulator) if call.action == "CreateBinding" else None
        if dataset is None or call.params.get("URI") in dataset.bindings:
            return None
        most = dataset.quotas["DatasetMaxBindCount"]
        spent = made[key_of(call)[:2]] >= most > len(dataset.bindings) and most < _DEFAULT
        return emulator.refuse(call, limit_exceeded("bindings", f"at most {most}")) if spent else None

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if call.action == "CreateDataset":
            made.pop(key_of(call)[:2], None)
        made[key_of(call)[:2]] += call.action == "CreateBinding" and answer.status == 200
        return answer

    return before, after


@plant(
    "never-bound-again",
    "GetBinding/behavior/gone-after-delete",
    "A bucket whose binding was deleted counts as bound.",
)
def _never_bound_again() -> tuple[Before, After]:
    deleted: set[tuple[str, ...]] = set()

    def before(call: Call, emulator: Emulator) -> Answer | None:
        again = call.action == "CreateBinding" and key_of(call) in deleted
        return emulator.refuse(call, resource_exists("binding")) if again else None

    def after(call: Call, answer: Answer, _: Emulator) -> Answer:
        if call.action == "DeleteBinding" and answer.status == 200:
            deleted.add(key_of(call))
        return answer

    return before, after


@plant(
    "unbound-by-beginning",
    "Provisioning/behavior/delete-binding-scope",
    "DeleteBinding removes all bindings of buckets that begin like the one that it names.",
)
def _unbound_by_beginning() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        dataset = dataset_of(call, emulator)
        if call.action == "DeleteBinding" and answer.status == 200 and dataset is not None:
            for uri in [uri for uri in dataset.bindings if uri.startswith(call.params["URI"])]:
                del dataset.bindings[uri]
        return answer

    return after


@plant("bindings-of-a-project", _LIMIT, "All the bindings of a project count where a dataset has reached its limit.")
def _bindings_of_a_project() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        dataset = dataset_of(call, emulator) if call.action == "CreateBinding" else None
        if dataset is None:
            return None
        datasets = emulator.state.projects[call.params["ProjectName"]].datasets.values()
        most = dataset.quotas["DatasetMaxBindCount"]
        full = sum(len(other.bindings) for other in datasets) >= most
        return emulator.refuse(call, limit_exceeded("bindings", f"at most {most}")) if full else None

    return before, None
