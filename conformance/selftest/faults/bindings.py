"""Faults of CreateBinding and GetBinding: bindings that behave as they should not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import resource_not_found

_SHORT_NAME = 20


def _binding(call: Call, answer: Answer, *actions: str) -> dict[str, Any]:
    """Return the binding in an accepted answer to one of `actions`, else a throw-away."""
    found = answer.payload.get("Binding")
    return found if call.action in actions and isinstance(found, dict) else {}


def later(text: Any, **by: float) -> str:
    """Return a time moved by what `timedelta` takes."""
    return (datetime.fromisoformat(str(text)) + timedelta(**by)).isoformat()


def _key(call: Call) -> tuple[str, ...]:
    return tuple(call.params.get(name, "") for name in ("ProjectName", "DatasetName", "URI"))


def _with(call: Call, **params: str) -> Call:
    return replace(call, params={**call.params, **params})


@plant("second-binding-202", "CreateBinding/behavior/success-200", "The second binding of a dataset is answered with HTTP 202.")
def _second_binding_202() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if not _binding(call, answer, "CreateBinding"):
            return answer
        dataset = emulator.state.projects[call.params["ProjectName"]].datasets[call.params["DatasetName"]]
        return replace(answer, status=202) if len(dataset.bindings) > 1 else answer

    return after


@plant("new-binding-null-reason", "CreateBinding/behavior/no-null", "A new binding has a Reason that is null.")
def _new_binding_null_reason() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        _binding(call, answer, "CreateBinding")["Reason"] = None
        return answer

    return after


def _nearest(given: str, known: list[str]) -> str:
    return next((name for name in known if given.startswith(name)), given)


@plant("project-by-prefix", "CreateBinding/behavior/unknown-project", "An unknown project is taken for one that its name begins with.")
def _project_by_prefix() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        given, known = call.params.get("ProjectName", ""), list(emulator.state.projects)
        if call.action != "CreateBinding" or given in known:
            return None
        return _with(call, ProjectName=_nearest(given, known))

    return before, None


@plant("dataset-code", "CreateBinding/behavior/unknown-dataset", "An unknown dataset is refused with the Code 'DatasetNotFound'.")
def _dataset_code() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "CreateBinding" and "dataset is not found" in str(answer.payload.get("Message")):
            answer.payload["Code"] = "DatasetNotFound"
        return answer

    return after


@plant("folder-ignored", "CreateBinding/behavior/uri-with-object", "A folder after the bucket is ignored.")
def _folder_ignored() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        uri = call.params.get("URI", "")
        if call.action not in ("CreateBinding", "DeleteBinding") or not uri.endswith("/"):
            return None
        return _with(call, URI="/".join(uri.split("/")[:3]))

    return before, None


@plant("drive-bound", "CreateBinding/behavior/uri-of-pds", "A PDS URI is bound like a bucket.")
def _drive_bound() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        uri = call.params.get("URI", "")
        if call.action not in ("CreateBinding", "DeleteBinding") or not uri.startswith("pds://"):
            return None
        return _with(call, URI="oss://bucket-of-drives")

    return before, None


@plant("new-binding-name-cut", "CreateBinding/behavior/echo", "A new binding shows 20 characters of DatasetName.")
def _new_binding_name_cut() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _binding(call, answer, "CreateBinding")
        binding["DatasetName"] = str(binding.get("DatasetName"))[:_SHORT_NAME]
        return answer

    return after


@plant("born-running", "CreateBinding/behavior/initial-state", "A new binding is 'Running' at once.")
def _born_running() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        _binding(call, answer, "CreateBinding").update(State="Running", Phase="FullScanning")
        return answer

    return after


@plant("runs-without-phase", "CreateBinding/behavior/phase-empty-before-scan", "A new binding is 'Running' without a Phase.")
def _runs_without_phase() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        _binding(call, answer, "CreateBinding").update(State="Running")
        return answer

    return after


@plant("updated-at-birth", "CreateBinding/behavior/times-equal", "UpdateTime of a new binding is a millisecond late.")
def _updated_at_birth() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _binding(call, answer, "CreateBinding")
        if binding:
            binding["UpdateTime"] = later(binding["CreateTime"], milliseconds=1)
        return answer

    return after


@plant("reason-of-success", "CreateBinding/behavior/reason-only-failed", "A new binding has the Reason 'Success'.")
def _reason_of_success() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        _binding(call, answer, "CreateBinding")["Reason"] = "Success"
        return answer

    return after


@plant("binding-twice", "CreateBinding/behavior/duplicate", "A second binding of one bucket is answered with the first.")
def _binding_twice() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != "CreateBinding" or answer.payload.get("Code") != "ResourceAlreadyExists":
            return answer
        return emulator.operate(replace(call, action="GetBinding"))

    return after


@plant("one-binding-more", "CreateBinding/behavior/binding-limit", "A dataset takes one binding more than DatasetMaxBindCount.")
def _one_binding_more() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        given = call.params.get("DatasetMaxBindCount", "")
        if call.action != "CreateDataset" or given not in tuple("123456789"):
            return None
        return _with(call, DatasetMaxBindCount=str(int(given) + 1))

    return before, None


@plant("binding-limit-code", "CreateBinding/behavior/binding-limit", "One binding too many is refused with the Code 'QuotaExceeded'.")
def _binding_limit_code() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "CreateBinding" and answer.payload.get("Code") == "LimitExceededError":
            answer.payload["Code"] = "QuotaExceeded"
        return answer

    return after


@plant("bind-count-of-one", "CreateBinding/behavior/bind-count", "BindCount says whether there is a binding, not how many.")
def _bind_count_of_one() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        dataset = answer.payload.get("Dataset")
        if call.action == "GetDataset" and isinstance(dataset, dict):
            dataset["BindCount"] = min(1, dataset["BindCount"])
        return answer

    return after


@plant("scan-without-last", "CreateBinding/behavior/full-scan", "The full scan leaves out the last object of a bucket.")
def _scan_without_last() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if _binding(call, answer, "CreateBinding"):
            for job in emulator.state.index_jobs:
                if (job.project, job.dataset, job.binding) == _key(call):
                    del job.items[-1]
        return answer

    return after


@plant("visible-later", "CreateBinding/behavior/visible", "A new binding is not found by the call that follows its creation.")
def _visible_later() -> tuple[Before, None]:
    fresh: list[tuple[str, ...]] = []

    def before(call: Call, emulator: Emulator) -> Answer | None:
        known = [key for key in fresh if call.action == "GetBinding" and key == _key(call)]
        fresh[:] = [_key(call)] if call.action == "CreateBinding" else []
        return emulator.refuse(call, resource_not_found("binding")) if known else None

    return before, None


@plant("scanning-202", "GetBinding/behavior/success-200", "A binding is answered with HTTP 202 while its full scan goes on.")
def _scanning_202() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        scanning = _binding(call, answer, "GetBinding").get("Phase") == "FullScanning"
        return replace(answer, status=202) if scanning else answer

    return after


@plant("ready-null-phase", "GetBinding/behavior/no-null", "Phase is null while a binding is 'Ready'.")
def _ready_null_phase() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _binding(call, answer, "GetBinding")
        if binding.get("Phase") == "":
            binding["Phase"] = None
        return answer

    return after


@plant("binding-of-neighbour", "GetBinding/behavior/not-found", "A binding is found through every dataset of its project.")
def _binding_of_neighbour() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        project = emulator.state.projects.get(call.params.get("ProjectName", ""))
        given = call.params.get("DatasetName", "")
        if call.action != "GetBinding" or answer.status < 400 or project is None or given not in project.datasets:
            return answer
        for name, dataset in project.datasets.items():
            if call.params.get("URI") in dataset.bindings:
                answer = emulator.operate(_with(call, DatasetName=name))
                _binding(call, answer, "GetBinding")["DatasetName"] = given
        return answer

    return after


@plant("no-binding-code", "GetBinding/behavior/not-found-code", "A binding that does not exist is refused with the Code 'BindingNotExist'.")
def _no_binding_code() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "GetBinding" and "binding is not found" in str(answer.payload.get("Message")):
            answer.payload["Code"] = "BindingNotExist"
        return answer

    return after


@plant("binding-name-cut", "GetBinding/behavior/echo", "GetBinding shows 20 characters of DatasetName.")
def _binding_name_cut() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _binding(call, answer, "GetBinding")
        binding["DatasetName"] = str(binding.get("DatasetName"))[:_SHORT_NAME]
        return answer

    return after


@plant("scan-without-phase", "GetBinding/behavior/phase-empty-only-ready", "Phase is absent while the full scan goes on.")
def _scan_without_phase() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _binding(call, answer, "GetBinding")
        if binding.get("Phase") == "FullScanning":
            del binding["Phase"]
        return answer

    return after
