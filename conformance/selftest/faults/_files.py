"""Hooks from which the faults of files and of indexing are made."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from conformance.selftest.edits import edited, redirected
from conformance.selftest.planting import After, Before
from emulator import Answer, Call, Emulator
from emulator.errors import internal_error
from emulator.state import Dataset, FileEntry

READ = "BatchGetFileMeta"
BATCH = "BatchIndexFileMeta"
SINGLE = "IndexFileMeta"
ARRAYS = ("Addresses", "Figures", "Labels")
"""Members of an InputFile that SDKs send empty where nothing is given."""
File = dict[str, Any]


def listed(call: Call, name: str) -> list[Any]:
    """Return the list that a parameter holds as JSON text, empty if it holds none."""
    try:
        value = json.loads(call.params.get(name, ""))
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def is_whole(call: Call) -> bool:
    """Tell whether a call asks for all fields."""
    return not listed(call, "WithFields")


def is_kind(file: File, *endings: str) -> bool:
    """Tell whether the URI of a file has one of the endings."""
    return str(file.get("URI")).endswith(endings)


def each_file(edit: Callable[[File], object], *, whole: bool = False) -> After:
    """Return a hook that edits every file that is read; with `whole` only where all fields are asked for."""

    def edit_all(call: Call, payload: dict[str, Any]) -> None:
        for file in payload["Files"] if not whole or is_whole(call) else ():
            edit(file)

    return edited(READ, edit_all)


def each_value(name: str, edit: Callable[[Any], Any]) -> After:
    """Return a hook that replaces the value of one field wherever it is returned."""

    def change(file: File) -> None:
        if name in file:
            file[name] = edit(file[name])

    return each_file(change)


def the_files(edit: Callable[[Call, list[File]], list[File]]) -> After:
    """Return a hook that replaces the list of files that are read."""
    return edited(READ, lambda call, payload: payload.update(Files=edit(call, payload["Files"])))


def storing(change: Callable[[FileEntry], FileEntry], *endings: str) -> Before:
    """Return a hook that changes what is stored of files, of those with one of the endings, so that all reads agree."""

    def before(call: Call, emulator: Emulator) -> Call | None:
        stored = False
        for dataset in datasets_of(call, emulator) if call.action == READ else ():
            chosen = {uri: entry for uri, entry in dataset.files.items() if uri.endswith(endings or ("",))}
            dataset.files.update({uri: change(entry) for uri, entry in chosen.items()})
            stored = stored or bool(chosen)
        return call if stored else None

    return before


def datasets_of(call: Call, emulator: Emulator) -> list[Dataset]:
    """Return the datasets of the project that a call names."""
    project = emulator.state.projects.get(call.params.get("ProjectName", ""))
    return list(project.datasets.values()) if project else []


def dataset_of(call: Call, emulator: Emulator) -> Dataset | None:
    """Return the dataset that a call names, None if there is none."""
    project = emulator.state.projects.get(call.params.get("ProjectName", ""))
    return project.datasets.get(call.params.get("DatasetName", "")) if project else None


def crashing(when: Callable[[Call], bool]) -> After:
    """Return a hook that answers the reads that `when` picks with a server error."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        return emulator.refuse(call, internal_error()) if call.action == READ and when(call) else answer

    return after


def inputs_of(call: Call) -> list[File]:
    """Return the files that an index call hands over."""
    text = call.params.get("Files") or f"[{call.params.get('File', '')}]"
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else []


def handing_over(actions: str | Collection[str], edit: Callable[[list[File]], list[File]]) -> Before:
    """Return a hook that changes the files that index calls hand over."""

    def change(call: Call, _: Emulator) -> dict[str, str]:
        files = inputs_of(call)
        edited_files = edit([dict(file) for file in files])
        if not files or edited_files == files:
            return {}
        return {"Files": json.dumps(edited_files)} if "Files" in call.params else {"File": json.dumps(edited_files[0])}

    return redirected({actions} if isinstance(actions, str) else actions, change)


def ignoring(action: str, when: Callable[[Call], bool]) -> Before:
    """Return a hook that accepts the index calls that `when` picks and does nothing for them."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action != action or not when(call):
            return None
        kept = list(emulator.state.index_jobs)
        answer = emulator.operate(call)
        if answer.status < 300:
            emulator.state.index_jobs = kept
        return answer

    return before
