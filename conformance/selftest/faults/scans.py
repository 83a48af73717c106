"""Faults of the scan that a new binding begins: what it leaves out, and when there is none."""

from __future__ import annotations

from collections.abc import Callable

from conformance.selftest.edits import edited
from conformance.selftest.faults.bindings import key_of
from conformance.selftest.planting import After, plant
from emulator import Answer, Call, Emulator
from emulator.state import IndexJob

_SCAN = "CreateBinding/behavior/full-scan"


def _change(scan: Callable[[IndexJob, Emulator], object]) -> After:
    """Return a hook that changes the scan that a creation has begun."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "CreateBinding" and answer.status == 200:
            for job in emulator.state.index_jobs:
                if (job.project, job.dataset, job.binding) == key_of(call):
                    scan(job, emulator)
        return answer

    return after


@plant("scan-without-last", _SCAN, "The full scan leaves out the last object of a bucket.")
def _scan_without_last() -> After:
    return _change(lambda job, _: job.items.pop())


@plant("scan-for-one", _SCAN, "A bucket that another dataset is bound to already is not scanned.")
def _scan_for_one() -> After:
    def scan(job: IndexJob, emulator: Emulator) -> None:
        datasets = [d for project in emulator.state.projects.values() for d in project.datasets.values()]
        if sum(job.binding in dataset.bindings for dataset in datasets) > 1:
            job.items.clear()

    return _change(scan)


@plant("scan-of-new-datasets", _SCAN, "Nothing is scanned for a dataset that has files.")
def _scan_of_new_datasets() -> After:
    def scan(job: IndexJob, emulator: Emulator) -> None:
        if emulator.state.projects[job.project].datasets[job.dataset].files:
            job.items.clear()

    return _change(scan)


@plant("scan-once", _SCAN, "A bucket that is bound again to a dataset is not scanned again.")
def _scan_once() -> After:
    scanned: set[tuple[str, str, str]] = set()

    def scan(job: IndexJob, _: Emulator) -> None:
        key = (job.project, job.dataset, job.binding)
        if key in scanned:
            job.items.clear()
        scanned.add(key)

    return _change(scan)


@plant("born-once", "CreateBinding/behavior/times-equal", "A bucket that is bound again keeps its first CreateTime.")
def _born_once() -> After:
    first: dict[tuple[str, ...], str] = {}

    def edit(call: Call, binding: dict[str, str]) -> None:
        binding["CreateTime"] = first.setdefault(key_of(call), binding["CreateTime"])

    return edited("CreateBinding", edit, part="Binding")


def _left_out(which: Callable[[str], bool]) -> After:
    """Return a hook that leaves out of a scan the objects of which the key is picked."""

    def scan(job: IndexJob, _: Emulator) -> None:
        job.items[:] = [item for item in job.items if not which(str(item.source["URI"]).split("/", 3)[3])]

    return _change(scan)


@plant("scan-of-the-root", _SCAN, "Objects in folders are not scanned.")
def _scan_of_the_root() -> After:
    return _left_out(lambda key: "/" in key)


@plant("scan-of-ascii", _SCAN, "Objects with letters beyond ASCII are not scanned.")
def _scan_of_ascii() -> After:
    return _left_out(lambda key: not key.isascii())


@plant("scan-of-extensions", _SCAN, "Objects without an extension are not scanned.")
def _scan_of_extensions() -> After:
    return _left_out(lambda key: "." not in key)
