"""Faults of servers that look for things by a name alone, or do in part what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from conformance.selftest.faults._files import dataset_of
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.state import Dataset

_IN_DATASETS = ("BatchGetFileMeta", "GetBinding", "CreateBinding", "IndexFileMeta", "BatchIndexFileMeta")
_GONE = "Provisioning/behavior/gone-after-delete"
_CONFLICT = "Provisioning/behavior/delete-project-conflict"
_FOUND = "BatchGetFileMeta/behavior/found-after-index"


def _namesakes(call: Call, emulator: Emulator) -> Iterator[tuple[str, Dataset]]:
    """Yield each other project that has a dataset of the name that a call names, with that dataset."""
    for project in emulator.state.projects.values():
        dataset = project.datasets.get(call.params.get("DatasetName", ""))
        if dataset is not None and project.name != call.params.get("ProjectName"):
            yield project.name, dataset


def _told(call: Call, **params: str) -> Call:
    return replace(call, params={**call.params, **params})


@plant(
    "dataset-of-any-project",
    "Provisioning/behavior/dataset-of-its-project",
    "In a project without datasets those of other projects are found.",
)
def _dataset_of_any_project() -> tuple[Before, After]:
    used: set[str] = set()

    def before(call: Call, emulator: Emulator) -> Call | None:
        project = call.params.get("ProjectName", "")
        if call.action == "CreateProject" and project not in emulator.state.projects:
            used.discard(project)
        if call.action == "CreateDataset":
            used.add(project)
        if call.action not in _IN_DATASETS or project in used or project not in emulator.state.projects:
            return None
        return next((_told(call, ProjectName=name, _Asked=project) for name, _ in _namesakes(call, emulator)), None)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        return _renamed(answer, call.params["_Asked"]) if "_Asked" in call.params else answer

    return before, after


def _renamed(answer: Answer, project: str) -> Answer:
    """Return an answer that says of what it holds that it is in a project."""
    files, binding = answer.payload.get("Files"), answer.payload.get("Binding")
    for told in (*(files if isinstance(files, list) else ()), binding):
        if isinstance(told, dict) and "ProjectName" in told:
            told["ProjectName"] = project
    return answer


@plant(
    "dataset-name-taken",
    "Provisioning/behavior/dataset-duplicate",
    "The name of a dataset in another project counts as taken.",
)
def _dataset_name_taken() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        if call.action != "CreateDataset":
            return None
        return next((_told(call, ProjectName=name) for name, _ in _namesakes(call, emulator)), None)

    return before, None


def _known_still(action: str) -> Callable[[], tuple[Before, None]]:
    """Return the fault of an operation that serves a dataset as it was when it was first named."""

    def make() -> tuple[Before, None]:
        kept: dict[tuple[str, str], Dataset] = {}

        def before(call: Call, emulator: Emulator) -> Answer | None:
            project = emulator.state.projects.get(call.params.get("ProjectName", ""))
            name = call.params.get("DatasetName", "")
            if project is None or call.action == "DeleteDataset":
                return None
            if name in project.datasets:
                kept[project.name, name] = project.datasets[name]
            elif call.action == action and (project.name, name) in kept:
                project.datasets[name] = kept[project.name, name]
                try:
                    return emulator.operate(call)
                finally:
                    del project.datasets[name]
            return None

        return before, None

    return make


for _action in (*_IN_DATASETS[:1], *_IN_DATASETS[2:], "GetDataset"):
    plant(f"deleted-dataset-known-{_action}", _GONE, f"{_action} still knows a dataset that was deleted.")(
        _known_still(_action)
    )


@plant("project-stays", _GONE, "DeleteProject answers, but the project stays.")
def _project_stays() -> After:
    removed: dict[str, Any] = {}

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        name = call.params.get("ProjectName", "")
        if call.action == "GetProject" and name in removed and answer.status >= 400:
            emulator.state.projects[name] = removed[name]
            found = emulator.operate(call)
            del emulator.state.projects[name]
            return found
        if call.action == "CreateProject" and answer.status == 200:
            removed[name] = emulator.state.projects[name]
        return answer

    return after


@plant("deleted-by-name", _FOUND, "DeleteFileMeta removes a file from the datasets of the same name in all projects.")
def _deleted_by_name() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> None:
        if call.action == "DeleteFileMeta":
            for _, dataset in _namesakes(call, emulator):
                dataset.files.pop(call.params.get("URI", ""), None)

    return before, None


@plant(
    "files-by-name",
    "BatchGetFileMeta/behavior/files-missing",
    "The files of datasets of the same name in other projects are found.",
)
def _files_by_name() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "BatchGetFileMeta" and answer.payload.get("Files") == []:
            for name, _ in _namesakes(call, emulator):
                return _renamed(emulator.operate(_told(call, ProjectName=name)), call.params["ProjectName"])
        return answer

    return after


@plant(
    "bindings-by-name",
    "GetBinding/behavior/not-found",
    "The binding of a dataset of the same name in another project is found.",
)
def _bindings_by_name() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if (
            call.action == "GetBinding"
            and answer.payload.get("Code") == "ResourceNotFound"
            and dataset_of(call, emulator)
        ):
            for name, _ in _namesakes(call, emulator):
                return _renamed(emulator.operate(_told(call, ProjectName=name)), call.params["ProjectName"])
        return answer

    return after


@plant(
    "unbound-everywhere",
    "Provisioning/behavior/delete-binding-scope",
    "DeleteBinding removes a bucket from the datasets of all projects.",
)
def _unbound_everywhere() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> None:
        if call.action == "DeleteBinding" and dataset_of(call, emulator):
            for _, dataset in _namesakes(call, emulator):
                dataset.bindings.pop(call.params.get("URI", ""), None)

    return before, None


@plant("second-dataset-empties", _FOUND, "A second CreateDataset is refused, and the files of the dataset are gone.")
def _second_dataset_empties() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "CreateDataset" and answer.payload.get("Code") == "ResourceAlreadyExists":
            emulator.state.projects[call.params["ProjectName"]].datasets[call.params["DatasetName"]].files.clear()
        return answer

    return after


@plant(
    "second-project-empties",
    _CONFLICT,
    "A second CreateProject is refused, and the datasets of the project are gone.",
)
def _second_project_empties() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "CreateProject" and answer.payload.get("Code") == "ResourceAlreadyExists":
            emulator.state.projects[call.params["ProjectName"]].datasets.clear()
        return answer

    return after


@plant("empty-dataset-goes-along", _CONFLICT, "DeleteProject is refused only while a dataset holds something.")
def _empty_dataset_goes_along() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> None:
        project = emulator.state.projects.get(call.params.get("ProjectName", ""))
        datasets = project.datasets if call.action == "DeleteProject" and project is not None else {}
        if not any(dataset.files or dataset.bindings for dataset in datasets.values()):
            datasets.clear()

    return before, None


@plant("refused-and-deleted", _CONFLICT, "DeleteProject is refused while a dataset is left, and the project is gone.")
def _refused_and_deleted() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "DeleteProject" and answer.payload.get("Code") == "StatusConflict":
            del emulator.state.projects[call.params["ProjectName"]]
        return answer

    return after
