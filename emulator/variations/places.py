"""Variations of what is there: known late, few of it, and what is not there refused (imm.md 3.5, 12 and 14.2)."""

from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from emulator.calls import Answer, Call
from emulator.errors import resource_not_found
from emulator.json_text import JsonObject, read_json
from emulator.times import nanoseconds
from emulator.variations.model import Variation, each, on

if TYPE_CHECKING:
    from emulator.core import Emulator
    from emulator.state import Binding, Dataset, Project

_LATE_NANOSECONDS: Final = 600_000_000
_CALLS: Final = count()
"""How many calls came: two servers behind one address take them in turn."""


def _is_new(made: "Project | Dataset | Binding | None", emulator: "Emulator") -> bool:
    return made is not None and nanoseconds(emulator.clock.now()) - made.create_time < _LATE_NANOSECONDS


def _places_late(call: Call, emulator: "Emulator") -> Answer | None:
    project = emulator.state.projects.get(call.params.get("ProjectName", ""))
    if project is None or call.action == "CreateProject":
        return None
    if _is_new(project, emulator):
        return emulator.refuse(call, resource_not_found("project"))
    dataset = project.datasets.get(call.params.get("DatasetName", ""))
    if call.action != "CreateDataset" and _is_new(dataset, emulator):
        return emulator.refuse(call, resource_not_found("dataset"))
    return None


def _places_late_in_turn(call: Call, emulator: "Emulator") -> Answer | None:
    return _places_late(call, emulator) if next(_CALLS) % 2 else None


def _bindings_late(call: Call, emulator: "Emulator") -> Answer | None:
    names: Mapping[str, str] = call.params
    project = emulator.state.projects.get(names.get("ProjectName", ""))
    dataset = project.datasets.get(names.get("DatasetName", "")) if project else None
    binding = dataset.bindings.get(names.get("URI", "")) if dataset else None
    if call.action == "GetBinding" and _is_new(binding, emulator):
        return emulator.refuse(call, resource_not_found("binding"))
    return None


def _missing_refused(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
    found = answer.payload.get("Files")
    if call.action != "BatchGetFileMeta" or answer.status != 200 or not isinstance(found, list):
        return answer
    asked = read_json(call.params["URIs"])
    complete = isinstance(asked, list) and len(found) >= len(set(map(str, asked)))
    return answer if complete else emulator.refuse(call, resource_not_found("file"))


def _new_figure_ids(file: JsonObject) -> None:
    figures = file.get("Figures")
    for number, figure in enumerate(figures if isinstance(figures, list) else ()):
        if isinstance(figure, dict) and "FigureId" in figure:
            figure["FigureId"] = str(uuid5(NAMESPACE_URL, f"{file.get('UpdateTime')} {number}"))


VARIATIONS: Final = (
    Variation(
        "places-late",
        "A project or dataset is known a little after it was made.",
        ("imm.md 12",),
        groups=("late",),
        before=_places_late,
    ),
    Variation(
        "places-late-in-turn",
        "Of two servers that answer in turn one knows a project or dataset a little after it was made.",
        ("imm.md 12",),
        groups=("late",),
        before=_places_late_in_turn,
    ),
    Variation(
        "bindings-late",
        "A binding can be read a little after it was made.",
        ("IMM-CB-VISIBLE",),
        groups=("late",),
        before=_bindings_late,
    ),
    Variation(
        "few-datasets",
        "A project takes three datasets.",
        ("imm.md 1.4",),
        limits={"max_datasets": 3},
    ),
    Variation(
        "missing-refused",
        "A look-up of which a file is not there is refused as not found.",
        ("IMM-BGFM-FILES-MISSING",),
        groups=("missing",),
        after=_missing_refused,
    ),
    Variation(
        "new-figure-ids",
        "A face has another id whenever its file is indexed.",
        ("IMM-BIFM-EMPTY-ARRAYS",),
        after=on("BatchGetFileMeta", change=each("Files", change=_new_figure_ids)),
    ),
)
