"""Faults of CreateBinding and GetBinding that one answer shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.selftest.edits import edited, later, redirected, updated_later, with_code, with_status
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import resource_not_found

_SHORT = 20
_BINDING = ("ProjectName", "DatasetName", "URI")


def key_of(call: Call) -> tuple[str, ...]:
    """Return what names the binding that a call is about."""
    return tuple(call.params.get(name, "") for name in _BINDING)


def binding_of(action: str, edit: Callable[[dict[str, Any]], object]) -> After:
    """Return a hook that edits the binding in accepted answers of `action`."""
    return edited(action, lambda _, binding: edit(binding), part="Binding")


def in_first_dataset(action: str, edit: Callable[[dict[str, Any]], object]) -> After:
    """Return a hook that edits the binding in accepted answers of `action` about the first dataset of a project."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        project = emulator.state.projects.get(call.params.get("ProjectName", ""))
        first = next(iter(project.datasets), None) if project else None
        chosen = first is not None and call.params.get("DatasetName") == first
        return binding_of(action, edit)(call, answer, emulator) if chosen else answer

    return after


@plant(
    "binding-time-of-utc",
    "CreateBinding/response/Binding/CreateTime/format",
    "Times are in UTC, and marked as those of Shanghai.",
)
def _binding_time_of_utc() -> After:
    def edit(binding: dict[str, Any]) -> None:
        for name in ("CreateTime", "UpdateTime"):
            binding[name] = later(binding[name], hours=-8)

    return binding_of("CreateBinding", edit)


@plant(
    "second-binding-202",
    "CreateBinding/behavior/success-200",
    "The second binding of a dataset is answered with HTTP 202.",
)
def _second_binding_202() -> After:
    known: set[tuple[str, ...]] = set()

    def is_second(call: Call, _: dict[str, Any]) -> bool:
        place = key_of(call)[:2]
        again = place in known
        known.add(place)
        return again

    return with_status("CreateBinding", 202, is_second)


@plant(
    "first-dataset-runs",
    "CreateBinding/behavior/phase-empty-before-scan",
    "In the first dataset of a project a binding is 'Running' at once, with an empty Phase.",
)
def _first_dataset_runs() -> After:
    return in_first_dataset("CreateBinding", lambda b: b.update(State="Running", Phase=""))


@plant("new-binding-null-reason", "CreateBinding/behavior/no-null", "A new binding has a Reason that is null.")
def _new_binding_null_reason() -> After:
    return binding_of("CreateBinding", lambda b: b.update(Reason=None))


@plant(
    "project-by-prefix",
    "CreateBinding/behavior/unknown-project",
    "An unknown project is taken for one that its name begins with.",
)
def _project_by_prefix() -> tuple[Before, None]:
    def nearest(call: Call, emulator: Emulator) -> Mapping[str, str]:
        given, known = call.params.get("ProjectName", ""), emulator.state.projects
        return {} if given in known else {"ProjectName": next((n for n in known if given.startswith(n)), given)}

    return redirected(("CreateBinding", "DeleteBinding"), nearest), None


@plant(
    "dataset-code",
    "CreateBinding/behavior/unknown-dataset",
    "An unknown dataset is refused with the Code 'DatasetNotFound'.",
)
def _dataset_code() -> After:
    return with_code("CreateBinding", "dataset is not found", "DatasetNotFound")


@plant("folder-ignored", "CreateBinding/behavior/uri-with-object", "A folder after the bucket is ignored.")
def _folder_ignored() -> tuple[Before, None]:
    def bucket(call: Call, _: Emulator) -> Mapping[str, str]:
        uri = call.params.get("URI", "")
        return {"URI": "/".join(uri.split("/")[:3])} if uri.endswith("/") else {}

    return redirected(("CreateBinding", "DeleteBinding"), bucket), None


@plant("drive-bound", "CreateBinding/behavior/uri-of-pds", "A PDS URI is bound like a bucket.")
def _drive_bound() -> tuple[Before, None]:
    def bucket(call: Call, _: Emulator) -> Mapping[str, str]:
        return {"URI": "oss://bucket-of-drives"} if call.params.get("URI", "").startswith("pds://") else {}

    return redirected(("CreateBinding", "DeleteBinding"), bucket), None


@plant("new-binding-name-cut", "CreateBinding/behavior/echo", "A new binding shows 20 characters of DatasetName.")
def _new_binding_name_cut() -> After:
    return binding_of("CreateBinding", lambda b: b.update(DatasetName=b["DatasetName"][:_SHORT]))


@plant("born-running", "CreateBinding/behavior/initial-state", "A new binding is 'Running' at once.")
def _born_running() -> After:
    return binding_of("CreateBinding", lambda b: b.update(State="Running", Phase="FullScanning"))


@plant(
    "runs-without-phase",
    "CreateBinding/behavior/phase-empty-before-scan",
    "A new binding is 'Running' without a Phase.",
)
def _runs_without_phase() -> After:
    return binding_of("CreateBinding", lambda b: b.update(State="Running"))


@plant(
    "updated-at-birth",
    "CreateBinding/behavior/times-equal",
    "UpdateTime of a new binding is a microsecond late.",
)
def _updated_at_birth() -> After:
    return binding_of("CreateBinding", lambda binding: updated_later(binding, microseconds=1))


@plant("reason-of-success", "CreateBinding/behavior/reason-only-failed", "A new binding has the Reason 'Success'.")
def _reason_of_success() -> After:
    return binding_of("CreateBinding", lambda b: b.update(Reason="Success"))


@plant(
    "binding-twice",
    "CreateBinding/behavior/duplicate",
    "A second binding of one bucket is answered with the first.",
)
def _binding_twice() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != "CreateBinding" or answer.payload.get("Code") != "ResourceAlreadyExists":
            return answer
        return emulator.operate(replace(call, action="GetBinding"))

    return after


@plant(
    "one-binding-more",
    "CreateBinding/behavior/binding-limit",
    "A dataset takes one binding more than DatasetMaxBindCount.",
)
def _one_binding_more() -> tuple[Before, None]:
    def raised(call: Call, _: Emulator) -> Mapping[str, str]:
        given = call.params.get("DatasetMaxBindCount", "")
        return {"DatasetMaxBindCount": str(int(given) + 1)} if given in tuple("123456789") else {}

    return redirected(("CreateDataset",), raised), None


@plant(
    "binding-limit-code",
    "CreateBinding/behavior/binding-limit",
    "One binding too many is refused with the Code 'QuotaExceeded'.",
)
def _binding_limit_code() -> After:
    return with_code("CreateBinding", "quota of binding", "QuotaExceeded")


@plant(
    "bind-count-of-one",
    "CreateBinding/behavior/bind-count",
    "BindCount says whether there is a binding, not how many.",
)
def _bind_count_of_one() -> After:
    return edited("GetDataset", lambda _, d: d.update(BindCount=min(1, d["BindCount"])), part="Dataset")


@plant(
    "visible-later",
    "CreateBinding/behavior/visible",
    "A new binding is not found by the call that follows its creation.",
)
def _visible_later() -> tuple[Before, None]:
    fresh: list[tuple[str, ...]] = []

    def before(call: Call, emulator: Emulator) -> Answer | None:
        known = call.action == "GetBinding" and key_of(call) in fresh
        fresh[:] = [key_of(call)] if call.action == "CreateBinding" else []
        return emulator.refuse(call, resource_not_found("binding")) if known else None

    return before, None


@plant(
    "scanning-202",
    "GetBinding/behavior/success-200",
    "A binding is answered with HTTP 202 while its full scan goes on.",
)
def _scanning_202() -> After:
    return with_status("GetBinding", 202, lambda _, value: value["Binding"]["Phase"] == "FullScanning")


@plant("ready-null-phase", "GetBinding/behavior/no-null", "Phase is null while a binding is 'Ready'.")
def _ready_null_phase() -> After:
    return binding_of("GetBinding", lambda b: b.update(Phase=b["Phase"] or None))


@plant("binding-by-beginning", "GetBinding/behavior/not-found", "A binding is found by the beginning of its bucket.")
def _binding_by_beginning() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        project, dataset, uri = key_of(call)
        datasets = emulator.state.projects[project].datasets if project in emulator.state.projects else {}
        bound = datasets[dataset].bindings if call.action == "GetBinding" and dataset in datasets else {}
        for longer in [one for one in bound if uri and one.startswith(uri) and one != uri][:1]:
            answer = emulator.operate(replace(call, params={**call.params, "URI": longer}))
            found: Any = answer.payload["Binding"]
            found["URI"] = uri
        return answer

    return after


@plant(
    "binding-of-neighbour",
    "GetBinding/behavior/not-found",
    "A binding is found through every dataset of its project.",
)
def _binding_of_neighbour() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        project, given, uri = key_of(call)
        datasets = emulator.state.projects[project].datasets if project in emulator.state.projects else {}
        if call.action != "GetBinding" or answer.status < 400 or given not in datasets:
            return answer
        for name in [n for n, dataset in datasets.items() if uri in dataset.bindings][:1]:
            answer = emulator.operate(replace(call, params={**call.params, "DatasetName": name}))
            found: Any = answer.payload["Binding"]
            found["DatasetName"] = given
        return answer

    return after


@plant(
    "no-binding-code",
    "GetBinding/behavior/not-found-code",
    "A binding that does not exist is refused with the Code 'BindingNotExist'.",
)
def _no_binding_code() -> After:
    return with_code("GetBinding", "binding is not found", "BindingNotExist")


@plant("binding-name-cut", "GetBinding/behavior/echo", "GetBinding shows 20 characters of DatasetName.")
def _binding_name_cut() -> After:
    return binding_of("GetBinding", lambda b: b.update(DatasetName=b["DatasetName"][:_SHORT]))


@plant(
    "scan-without-phase",
    "GetBinding/behavior/phase-empty-only-ready",
    "Phase is absent while the full scan goes on.",
)
def _scan_without_phase() -> After:
    return binding_of("GetBinding", lambda b: b.pop("Phase") if b["Phase"] == "FullScanning" else None)
