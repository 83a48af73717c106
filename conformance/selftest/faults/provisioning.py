"""Faults of the operations that make projects, datasets, index entries and jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.selftest.edits import edited, limited, redirected, updated_later, with_code
from conformance.selftest.faults._files import dataset_of
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import resource_not_found

Value = dict[str, Any]


def _unnumbered(id_: str, action: str) -> None:
    """Declare a fault that leaves the RequestId out of what an operation answers."""

    def fault() -> After:
        return edited(action, lambda _, payload: payload.pop("RequestId"))

    plant(id_, "Provisioning/behavior/request-id", f"{action} answers without RequestId.")(fault)


_unnumbered("entry-removed-silently", "DeleteFileMeta")
_unnumbered("entries-removed-silently", "BatchDeleteFileMeta")
_unnumbered("binding-removed-silently", "DeleteBinding")
_unnumbered("dataset-removed-silently", "DeleteDataset")
_unnumbered("project-removed-silently", "DeleteProject")


@plant("project-unnamed", "Provisioning/behavior/project-shape", "GetProject returns a Project without its name.")
def _project_unnamed() -> After:
    return edited("GetProject", lambda _, project: project.pop("ProjectName"), part="Project")


@plant("dataset-homeless", "Provisioning/behavior/dataset-shape", "GetDataset returns a Dataset without its project.")
def _dataset_homeless() -> After:
    return edited("GetDataset", lambda _, dataset: dataset.pop("ProjectName"), part="Dataset")


@plant(
    "dataset-updated-at-birth",
    "Provisioning/behavior/update-time-equal",
    "UpdateTime of a new dataset is a millisecond late.",
)
def _dataset_updated_at_birth() -> After:
    return edited("CreateDataset", lambda _, dataset: updated_later(dataset, milliseconds=1), part="Dataset")


@plant(
    "project-twice",
    "Provisioning/behavior/project-duplicate",
    "A second CreateProject with one name is answered with the first project.",
)
def _project_twice() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != "CreateProject" or answer.payload.get("Code") != "ResourceAlreadyExists":
            return answer
        return emulator.operate(replace(call, action="GetProject"))

    return after


@plant(
    "dataset-exists-code",
    "Provisioning/behavior/dataset-duplicate",
    "A second CreateDataset with one name is refused with the Code 'DatasetAlreadyExists'.",
)
def _dataset_exists_code() -> After:
    return with_code("CreateDataset", "already exists", "DatasetAlreadyExists")


@plant("bind-limit-eleven", "Provisioning/behavior/bind-limit-range", "DatasetMaxBindCount goes up to 11.")
def _bind_limit_eleven() -> tuple[Before, None]:
    return limited("CreateDataset", lambda call: call.params.get("DatasetMaxBindCount") == "11", max_bindings=11), None


@plant(
    "bind-limit-default",
    "Provisioning/behavior/bind-limit-range",
    "DatasetMaxBindCount is 5 by default.",
)
def _bind_limit_default() -> tuple[Before, None]:
    return redirected(("CreateProject",), lambda *_: {"DatasetMaxBindCount": "5"}), None


@plant(
    "conflict-409",
    "Provisioning/behavior/delete-project-conflict",
    "DeleteProject with a dataset left is refused with HTTP 409.",
)
def _conflict_409() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        chosen = call.action == "DeleteProject" and answer.payload.get("Code") == "StatusConflict"
        return replace(answer, status=409) if chosen else answer

    return after


@plant(
    "refused-and-emptied",
    "Provisioning/behavior/delete-project-conflict",
    "DeleteProject with a dataset left is refused, and the dataset is gone.",
)
def _refused_and_emptied() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "DeleteProject" and answer.payload.get("Code") == "StatusConflict":
            emulator.state.projects[call.params["ProjectName"]].datasets.clear()
        return answer

    return after


@plant(
    "files-go-with-dataset",
    "Provisioning/behavior/delete-dataset-order",
    "DeleteDataset deletes indexed files as well.",
)
def _files_go_with_dataset() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        dataset = dataset_of(call, emulator)
        if call.action != "DeleteDataset" or dataset is None or not dataset.files:
            return None
        dataset.files.clear()
        return call

    return before, None


@plant(
    "bindings-go-with-dataset",
    "Provisioning/behavior/delete-dataset-order",
    "DeleteDataset deletes bindings as well.",
)
def _bindings_go_with_dataset() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        dataset = dataset_of(call, emulator)
        if call.action != "DeleteDataset" or dataset is None or not dataset.bindings:
            return None
        dataset.bindings.clear()
        return call

    return before, None


@plant(
    "batch-delete-all-or-none",
    "Provisioning/behavior/delete-file-meta-idempotent",
    "BatchDeleteFileMeta is refused if one of several entries does not exist.",
)
def _batch_delete_all_or_none() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        dataset = dataset_of(call, emulator)
        if call.action != "BatchDeleteFileMeta" or dataset is None:
            return None
        known = [uri for uri in dataset.files if uri in call.params.get("URIs", "")]
        several = call.params.get("URIs", "").count("://") > max(1, len(known))
        return emulator.refuse(call, resource_not_found("file")) if several else None

    return before, None


@plant("limit-below-zero", "Provisioning/behavior/bind-limit-range", "A negative DatasetMaxBindCount means none.")
def _limit_below_zero() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        return {"DatasetMaxBindCount": ""} if call.params.get("DatasetMaxBindCount", "").startswith("-") else {}

    return redirected(("CreateDataset",), change), None


def _changed_limit(id_: str, requirement: str, text: str, value: Any) -> None:
    """Declare a fault that shows something else as DatasetMaxBindCount of a new dataset."""

    def fault() -> After:
        return edited("CreateDataset", lambda _, new: new.update(DatasetMaxBindCount=value(new)), part="Dataset")

    plant(id_, requirement, text)(fault)


_LIMIT = "Provisioning/behavior/bind-limit-range"
_changed_limit("bind-limit-forgotten", _LIMIT, "Every new dataset is shown with the default limit.", lambda _: 10)
_changed_limit(
    "bind-limit-as-text",
    _LIMIT,
    "DatasetMaxBindCount of a new dataset is a text.",
    lambda dataset: str(dataset["DatasetMaxBindCount"]),
)


@plant("dataset-not-yet-updated", "Provisioning/behavior/update-time-equal", "UpdateTime of a new dataset is empty.")
def _dataset_not_yet_updated() -> After:
    return edited("CreateDataset", lambda _, dataset: dataset.update(UpdateTime=""), part="Dataset")
