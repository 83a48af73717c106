"""One address with two servers behind it, of which one knows a little later what was made: that breaks nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from urllib.parse import unquote

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import resource_not_found
from tests.behaviors.judging import Requirements, by_id, lawful, unsure, violated

FILES = (
    "Gateway/behavior/json-parameters",
    "Gateway/behavior/json-spelling",
    "BatchGetFileMeta/behavior/found-after-index",
    "BatchGetFileMeta/behavior/with-fields-values",
    "BatchGetFileMeta/behavior/with-fields-unknown",
    "BatchGetFileMeta/behavior/idempotent",
)
UPLOADS = tuple(f"GetUrlUploadInfos/behavior/{slug}" for slug in ("job-ids-win", "read-only", "neither", "by-url"))
TURNS = [
    (True, False),
    (False, True),
    (True, True, False),
    (True, False, False),
    (False, True, True, True),
    (True, True, False, False, False),
]
"""Whether the late server answers, question by question, over and over."""
IN_PLACES = (
    "Gateway/behavior/post",
    "Gateway/behavior/query-parameters",
    "BatchGetFileMeta/request/URIs[]/type/refuses[number instead of string]",
)
PLACES = ("GetProject", "GetDataset", "BatchGetFileMeta", "GetBinding")
Hook = Callable[..., Any]


class Late:
    """Answers some questions as if what is young were not there yet."""

    def __init__(self, turns: tuple[bool, ...], seconds: float = 1.2) -> None:
        self._turns, self._late = cycle(turns), timedelta(seconds=seconds)
        self._since: dict[str, datetime] = {}

    def misses(self, keys: list[str], emulator: Emulator) -> bool:
        """Return whether one of some things, which are there, is not known to the server whose turn it is."""
        now = emulator.clock.now()
        young = [key for key in keys if now - self._since.setdefault(key, now) < self._late]
        return bool(young) and next(self._turns)


def behind_on_files(turns: tuple[bool, ...]) -> Hook:
    """Return a hook of a server that shows no file of a list as long as one of them is new to it."""
    late = Late(turns)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != "BatchGetFileMeta" or not answer.payload.get("Files"):
            return answer
        whole = {name: value for name, value in call.params.items() if name != "WithFields"}
        files: Any = emulator.operate(replace(call, params=whole)).payload["Files"]
        missing = late.misses([json.dumps([f["DatasetName"], f["URI"]]) for f in files], emulator)
        return replace(answer, payload={**answer.payload, "Files": []}) if missing else answer

    return after


def behind_on_places(turns: tuple[bool, ...]) -> Hook:
    """Return a hook of a server that does not know new projects and datasets."""
    late = Late(turns)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        key = f"{call.params.get('ProjectName')}/{call.params.get('DatasetName')}"
        if call.action in PLACES and answer.status == 200 and late.misses([key], emulator):
            return emulator.refuse(call, resource_not_found("dataset"))
        return answer

    return after


def behind_on_uploads(turns: tuple[bool, ...]) -> Hook:
    """Return a hook of a server that does not know new upload jobs."""
    late = Late(turns)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        found: Any = answer.payload.get("URLUploadInfoList") or []
        if call.action != "GetUrlUploadInfos" or not late.misses([job["JobId"] for job in found], emulator):
            return answer
        asked = (call.params.get("JobIds") or call.params["UploadURLs"]).split(",")
        return replace(
            answer, payload={**answer.payload, "URLUploadInfoList": [], "NonExists": list(map(unquote, asked))}
        )

    return after


def judged(case: str, after: Hook) -> Requirements:
    """Return what one case says of a server that has nothing but what the run makes."""
    return by_id(judge_emulator([lawful("late", after)], settings=Settings(cases=(case,)), fixtures=Fixtures()))


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("case", FILES)
def test_a_file_may_be_known_later_to_one_of_them(case: str, turns: tuple[bool, ...]) -> None:
    """What one server finds and another one not yet is neither lost nor another answer."""
    found = judged(case, behind_on_files(turns))

    assert violated(found) == set()
    assert found[case]["outcome"] == "conforms"


@pytest.mark.parametrize("turns", TURNS)
def test_a_project_may_be_known_later_to_one_of_them(turns: tuple[bool, ...]) -> None:
    """That what was deleted is gone can be judged where it was not found at once when it was new."""
    found = judged("Provisioning/behavior/project-shape", behind_on_places(turns))

    assert violated(found, "MUST") == set()
    assert found["Provisioning/behavior/gone-after-delete"]["outcome"] == "conforms"


def test_a_file_may_be_known_later_than_its_twin() -> None:
    """Of two keys that differ only in case one is found, and the other by another server."""
    late = Late((True, False), seconds=1.6)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        files: Any = answer.payload.get("Files") or []
        new = [file["URI"] for file in files if "PHOTO" in file["URI"]]
        if call.action == "BatchGetFileMeta" and len(files) < 20 and late.misses(new, emulator):
            files = [file for file in files if file["URI"] not in new]
        return replace(answer, payload={**answer.payload, "Files": files}) if files else answer

    found = judged("BatchGetFileMeta/behavior/uri-echo", after)

    assert found["BatchGetFileMeta/behavior/uri-case"]["outcome"] == "conforms"


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize(
    "case", ["Gateway/behavior/post", "BatchGetFileMeta/request/URIs[]/type/refuses[number instead of string]"]
)
def test_a_place_may_be_known_later_to_one_of_them(case: str, turns: tuple[bool, ...]) -> None:
    """A request that is refused as not found is sent again before it counts."""
    found = judged(case, behind_on_places(turns))

    assert violated(found) == set()
    assert unsure(found) == []


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("case", UPLOADS)
def test_an_upload_job_may_be_known_later_to_one_of_them(case: str, turns: tuple[bool, ...]) -> None:
    """A job that one server does not know is neither lost nor hidden by what else was asked for."""
    found = judged(case, behind_on_uploads(turns))

    assert violated(found) == set()
    assert unsure(found) == []


def test_a_binding_may_be_known_later_to_one_of_them() -> None:
    """A binding that is found, and then not, and then again, is not said to come late."""
    late = Late((True, False))

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        key = json.dumps([call.params.get("DatasetName"), call.params.get("URI")])
        if call.action == "GetBinding" and answer.status == 200 and late.misses([key], emulator):
            return emulator.refuse(call, resource_not_found("binding"))
        return answer

    found = judged("CreateBinding/behavior/visible", after)

    assert found["CreateBinding/behavior/visible"]["outcome"] in ("conforms", "inconclusive")


def test_what_one_operation_gave_is_not_taken_for_what_the_other_gave() -> None:
    """A file that both operations index again gets an id by which it is seen which of them it was."""
    given: dict[str, set[str]] = {"BatchIndexFileMeta": set(), "IndexFileMeta": set()}

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        inputs = json.loads(call.params.get("Files") or f"[{call.params.get('File', '')}]")
        ids = {entry.get("CustomId") for entry in inputs}
        if call.action in given and any("second" in str(id_) for id_ in ids):
            given[call.action] |= ids
        return answer

    for operation in given:
        judged(f"{operation}/behavior/reindex", after)

    assert all(given.values())
    assert given["BatchIndexFileMeta"].isdisjoint(given["IndexFileMeta"])


def test_a_new_dataset_may_be_known_later_in_a_given_project() -> None:
    """Where the run's own dataset was late, those of checks are waited for before they are used."""
    made: dict[str, datetime] = {}

    def young(call: Call, emulator: Emulator) -> bool:
        since = made.get(call.params.get("DatasetName", ""))
        return since is not None and emulator.clock.now() - since < timedelta(seconds=3)

    def before(call: Call, emulator: Emulator) -> Answer | None:
        refused = call.action != "CreateDataset" and young(call, emulator)
        return emulator.refuse(call, resource_not_found("dataset")) if refused else None

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "CreateDataset" and answer.status == 200:
            made[call.params["DatasetName"]] = emulator.clock.now()
        return answer

    def project(emulator: Emulator) -> None:
        emulator.operate(Call("imm", "CreateProject", "2020-09-30", "POST", {"ProjectName": "given"}, {}, {}))

    case, given = "CreateBinding/behavior/visible", Fixtures(project="given")
    server = lawful("late", after, before)
    found = by_id(judge_emulator([server], settings=Settings(cases=(case,)), fixtures=given, prepare=project))

    assert found[case]["outcome"] == "conforms"
