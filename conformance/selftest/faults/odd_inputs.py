"""Faults that only unusual inputs show: empty members, the longest names, capitals, fields of PDS files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.selftest.edits import edited
from conformance.selftest.faults._files import ARRAYS, BATCH, READ, SINGLE, handing_over, inputs_of, listed
from conformance.selftest.faults._gateway import forgiving, gateway, header_signed
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import invalid_argument, limit_exceeded


def _dropped(action: str, when: Callable[[dict[str, Any]], bool]) -> tuple[Before, None]:
    """Return a hook that takes some files of an index call without indexing them."""
    return handing_over(action, lambda files: [_elsewhere(file) if when(file) else file for file in files]), None


def _elsewhere(file: dict[str, Any]) -> dict[str, Any]:
    return {**file, "URI": f"{file.get('URI')}.never-asked-for"}


def _has_empty_arrays(file: dict[str, Any]) -> bool:
    return any(file.get(name) == [] for name in ARRAYS)


for _action in (BATCH, SINGLE):
    plant(
        f"empty-arrays-dropped-by-{_action.lower()}",
        f"{_action}/behavior/empty-arrays",
        f"{_action} takes a file with empty arrays and does not index it.",
    )(partial(_dropped, _action, _has_empty_arrays))
plant("empty-labels-dropped", f"{BATCH}/behavior/effect", "A file of a batch with empty CustomLabels is not indexed.")(
    lambda: _dropped(BATCH, lambda file: file.get("CustomLabels") == {})
)


def _too_long(name: str, most: int, *actions: str) -> Before:
    """Return a hook that refuses a name that is longer than it takes names to be."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if len(call.params.get(name, "")) <= most or (actions and call.action not in actions):
            return None
        return emulator.refuse(call, invalid_argument(name, f"expected {most} characters at most"))

    return before


def _by_beginning(call: Call, emulator: Emulator) -> Call | None:
    """Take the name of a project for one that it begins with."""
    name = call.params.get("ProjectName", "")
    found = next((known for known in emulator.state.projects if name.startswith(known)), name)
    if call.action != "GetTask" or found == name:
        return None
    return replace(call, params={**call.params, "ProjectName": found})


plant("projects-by-beginning", "Gateway/behavior/unknown-project", "A project is found by what its name begins with.")(
    lambda: (_by_beginning, None)
)
plant("project-names-of-64", "Gateway/behavior/unknown-project", "A project has a name of 64 characters at most.")(
    lambda: (_too_long("ProjectName", 64, "GetTask"), None)
)
plant("dataset-names-of-64", "Gateway/behavior/unknown-dataset", "A dataset has a name of 64 characters at most.")(
    lambda: (_too_long("DatasetName", 64, READ), None)
)
plant("bound-datasets-of-64", "CreateBinding/behavior/unknown-dataset", "A dataset to bind has 64 characters at most.")(
    lambda: (_too_long("DatasetName", 64, "CreateBinding"), None)
)
plant("buckets-of-50", "GetBinding/behavior/not-found-code", "A bucket has 50 characters at most.")(
    lambda: (_too_long("URI", len("oss://") + 50, "GetBinding"), None)
)


@plant("upload-urls-in-small-letters", "GetUrlUploadInfos/behavior/encoded-url", "UploadURL is told in small letters.")
def _small_urls() -> After:
    def lowered(_: Call, value: dict[str, Any]) -> None:
        for entry in value["URLUploadInfoList"]:
            entry["UploadURL"] = entry["UploadURL"].lower()

    return edited("GetUrlUploadInfos", lowered)


@plant("pds-files-whole", f"{READ}/behavior/with-fields-filter", "WithFields is ignored for files of PDS.")
def _pds_whole() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != READ or answer.status != 200 or not listed(call, "WithFields"):
            return answer
        whole = emulator.operate(replace(call, params={**call.params, "WithFields": "[]"}))
        files: Any = whole.payload.get("Files", [])
        pds = {file["URI"]: file for file in files if str(file.get("URI")).startswith("pds://")}
        chosen: Any = answer.payload["Files"]
        answer.payload["Files"] = [pds.get(file.get("URI"), file) for file in chosen]
        return answer

    return after


gateway("upload-reads-replayed", "replayed-nonce", "ICE remembers no nonces in headers.")(
    forgiving("SignatureNonceUsed", lambda call, _: call.service == "ice" and header_signed(call))
)


def _as_if_full(action: str, when: Callable[[Call], bool]) -> tuple[Before, None]:
    """Return a hook that refuses what `when` picks with the Code of a quota."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action != action or not when(call):
            return None
        return emulator.refuse(call, limit_exceeded("Files", "the resource count exceeds the limit"))

    return before, None


plant(
    "user-data-of-2047",
    f"{SINGLE}/request/UserData/maxBytes/accepts",
    "UserData of 2048 bytes is refused with the Code LimitExceededError.",
)(lambda: _as_if_full(SINGLE, lambda call: len(call.params.get("UserData", "").encode()) > 2047))
plant(
    "ninety-nine-of-a-hundred",
    f"{BATCH}/request/Files/maxItems/accepts",
    "A hundred files are refused with the Code LimitExceededError, and ninety-nine are not.",
)(lambda: _as_if_full(BATCH, lambda call: len(inputs_of(call)) > 99))
plant("names-in-small-letters", "GetBinding/behavior/echo", "The name of a dataset is shown in small letters.")(
    lambda: edited(
        "GetBinding", lambda _, shown: shown.update(DatasetName=shown["DatasetName"].lower()), part="Binding"
    )
)
