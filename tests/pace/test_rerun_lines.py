"""The line below a finding: whatever the run was told that decides what is sent, it tells the next one."""

import shlex
from typing import Any

import pytest

from conformance.cli.run_command import command
from conformance.planning import all_cases
from conformance.replay import AROUND_CASES, rerun_line
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.selftest.trial import find_fault
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from openapi import Contract, load_contract

DRAWN_LATE = "GetTask/explore/valid[9]"


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the kit's own contract."""
    return load_contract()


def read_again(line: str) -> dict[str, Any]:
    """Return the options that the command finds in such a line."""
    program, name, *options = shlex.split(line)
    assert (program, name) == ("conformance", "run")
    return command.make_context(name, options).params


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(Settings(target="http://127.0.0.1:1", seed=7), id="seed"),
        pytest.param(Settings(target="it's a target.toml", profile="thorough"), id="profile"),
        pytest.param(Settings(target="t.toml", tier="create-and-clean", yes_create=True), id="tier"),
        pytest.param(Settings(profile="thorough", max_requests=20_000), id="rounds"),
    ],
)
def test_the_line_has_what_decides_what_is_sent(settings: Settings) -> None:
    """The command reads the settings of the run from it, and the case."""
    found = read_again(rerun_line(settings, "GetTask/explore/valid"))

    for name in ("target", "profile", "seed", "max_requests", "tier", "yes_create"):
        assert found[name] == getattr(settings, name), name
    assert found["case"] == ("GetTask/explore/valid",)


def test_a_case_that_only_a_large_budget_makes_is_known_again(contract: Contract) -> None:
    """As often as the run drew, the command of the line draws as well."""
    found = read_again(rerun_line(Settings(profile="thorough", max_requests=20_000), DRAWN_LATE))

    again = all_cases(contract.directory, found["profile"], found["max_requests"])
    assert DRAWN_LATE in {case.id for case in again}


def test_the_line_of_a_usual_run_is_short() -> None:
    """What is so without being asked for is not in it."""
    line = rerun_line(Settings(target="http://127.0.0.1:1", max_requests=100), "a case")

    assert line == "conformance run --target http://127.0.0.1:1 --seed 0 --case 'a case'"


def test_what_a_repeated_request_showed_belongs_to_its_case(contract: Contract) -> None:
    """The first of two answers is judged too, and `--case` knows the case that got it."""
    asked = []

    def before(call: Call, emulator: Emulator) -> Answer | None:
        asked.append(call.action)
        throttled = call.action == "GetTask" and asked.count("GetTask") % 10 == 5
        return Answer(503, {"Code": "Throttling.User", "Message": "slow down"}) if throttled else None

    select = ("GetTask/request/*",)
    report = judge_emulator([PlantedFault("odd", "", "", before=before)], settings=Settings(select=select))

    cases = {case.id for case in all_cases(contract.directory)} | set(AROUND_CASES)
    findings = [finding for entry in report["requirements"] for finding in entry["findings"]]
    assert findings
    assert [finding["case"] for finding in findings if finding["case"] not in cases] == []


@pytest.mark.parametrize(
    ("fault", "case"),
    [
        (
            "GetBatchMediaProducingJob/response/EditingBatchJob/SubJobList[]/MediaId/type:array for text",
            "GetBatchMediaProducingJob/request/accepts[as given]",
        ),
        ("GetTask/response/EndTime/type:number for text", "GetTask/request/accepts[as given]"),
        (
            "GetUrlUploadInfos/response/URLUploadInfoList[]/MediaId/type:array for text",
            "GetUrlUploadInfos/request/accepts[as given]",
        ),
    ],
)
def test_a_case_alone_sees_how_what_was_made_ends(fault: str, case: str) -> None:
    """A whole run reads a task or a job long enough to see its end, and so does the line that repeats a case of it."""
    planted = find_fault(fault)

    report = judge_emulator([planted], settings=Settings(cases=(case,)), fixtures=Fixtures())

    assert planted.requirement in [e["id"] for e in report["requirements"] if e["outcome"] == "violates"]


def test_what_provisioning_shows_is_repeated_with_what_was_asked_for() -> None:
    """It has no case of its own, and the whole suite need not run for it."""
    found = read_again(rerun_line(Settings(select=("GetTask/*",), cases=("a case",)), "provisioning"))

    assert (found["select"], found["case"]) == (("GetTask/*",), ("a case",))
