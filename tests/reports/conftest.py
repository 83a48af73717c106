"""Reports made of tallies without a run: a good one, a bad one, one cut short, one of a hostile target."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openapi import Contract, load_contract, untested_facts
from reports import Finding, RunInfo, Tally, build_report
from reports.difference import changes_between

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
MAXIMUM = "BatchGetFileMeta/request/URIs/maxItems"
BROKEN = (f"{MAXIMUM}/refuses", "GetTask/response/Status/enum")
WARNED = "GetUrlUploadInfos/request/UploadURLs/maxItems/refuses"
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=http://example.invalid/x onerror=alert(2)>",
    "]]>&amp;<!--`{{ 7*7 }}`{% raw %}",
    "null\x00bell\x07escape\x1b[31mred",
    "lone \ud800 surrogate, \ufffe and \uffff",
    "right\u202eleft\u2066isolated, שלום عليكم",
    "| a | b |\n|---|---|\n# heading\n[link](javascript:alert(3)) @someone ``` fence",
    "'\"; rm -rf $HOME; echo `id`",
)
INFO = RunInfo(
    kit_version="0.1.0",
    target_name="test server",
    target_version="1.4.0",
    started="2026-01-02T03:04:05+00:00",
    finished="2026-01-02T03:04:15+00:00",
    profile="standard",
    seed=0,
    workers=1,
    wall_seconds=10.0,
    complete=True,
    operations=frozenset({"BatchGetFileMeta", "GetTask", "GetUrlUploadInfos"}),
    notes=("a note",),
    remaining=("task 'FileCompression-1'; the API cannot delete tasks",),
    not_tested=untested_facts(),
)


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return the shipped contract."""
    return load_contract()


def good_tally(contract: Contract) -> Tally:
    """Return the tally of a run in which everything conforms."""
    tally = Tally(requests=1500)
    tally.exercised.update(dict.fromkeys(contract.ledger, 3))
    tally.controls.update(dict.fromkeys(INFO.operations, "accepted"))
    tally.limits[MAXIMUM] = {"documented": 100, "accepted": 100, "refused": 101, "code": "LimitExceededError"}
    for number in range(1, 200):
        tally.time("GetTask", number / 10_000)
    return tally


def finding(observed: str = "accepted: HTTP 200", answer: str = 'HTTP 200 {"RequestId": "1"}', **more: Any) -> Finding:
    """Return a finding with a control from which the probe differs by one item."""
    control = {"ProjectName": "p", "URIs": [f"oss://b/{n}" for n in range(3)]}
    probe = {"ProjectName": "p", "URIs": [f"oss://b/{n}" for n in range(4)]}
    return replace(
        Finding(
            case=f"{MAXIMUM}/refuses[101 items]",
            expected="refused with a 4xx error: `URIs` has 101 items instead of 100",
            observed=observed,
            curl="curl -sS -X POST 'http://127.0.0.1:1/?URIs=%5B%5D'",
            rerun="conformance run --target http://127.0.0.1:1 --seed 0 --case 'a case'",
            request=f"BatchGetFileMeta {json.dumps(probe)}",
            answer=answer,
            control=f"BatchGetFileMeta {json.dumps(control)}",
            control_answer='HTTP 200 {"RequestId": "2"}',
            changes=changes_between(control, probe),
        ),
        **more,
    )


@pytest.fixture
def good(contract: Contract) -> dict[str, Any]:
    """Return the report of a run in which everything conforms."""
    return build_report(contract, good_tally(contract), INFO)


@pytest.fixture
def bad(contract: Contract) -> dict[str, Any]:
    """Return the report of a run that found two broken MUST and one broken SHOULD, and left something out."""
    tally = good_tally(contract)
    for requirement in (*BROKEN, WARNED):
        tally.violate(requirement, finding())
    tally.limits[MAXIMUM] = {"documented": 100, "accepted": 128, "refused": 129, "code": "LimitExceededError"}
    blocked, silent = "CreateBinding/response/RequestId/required", "GetBinding/response/RequestId/required"
    for requirement in (blocked, silent):
        tally.exercised[requirement] = 0
    tally.blocked[blocked] = "no project could be made"
    return build_report(contract, tally, replace(INFO, left_out={silent: "deselected in pytest"}))


@pytest.fixture
def cut_short(contract: Contract) -> dict[str, Any]:
    """Return the report of a run that did not reach its end, in which nothing is broken."""
    return build_report(contract, good_tally(contract), replace(INFO, complete=False))


@pytest.fixture
def killed(contract: Contract) -> dict[str, Any]:
    """Return the report that is made of the log of a killed run: nobody knows when that ended."""
    return build_report(contract, good_tally(contract), replace(INFO, complete=False, finished=""))


@pytest.fixture
def unsure(contract: Contract) -> dict[str, Any]:
    """Return the report of a run in which one MUST could not be judged."""
    tally = good_tally(contract)
    tally.inconclusive[BROKEN[0]] = "its control was refused"
    return build_report(contract, tally, INFO)


@pytest.fixture
def waived(bad: dict[str, Any]) -> dict[str, Any]:
    """Return a report with a requirement that is broken and waived."""
    entry = next(r for r in bad["requirements"] if r["id"] == BROKEN[0])
    entry.update(outcome="waived", reason="known gap, until spring")
    return bad


@pytest.fixture(scope="session")
def hostile_report(contract: Contract) -> dict[str, Any]:
    """Return a report every text of which that comes from a target is hostile."""
    tally = good_tally(contract)
    texts = [*HOSTILE, "x" * 1_000_000, "".join(HOSTILE)]
    for requirement, text in zip(contract.ledger, texts, strict=False):
        body = f"HTTP 200 {json.dumps({text: text})}"
        shape = finding(text, body, expected=text, case=text, control=text, request=text, curl=text, rerun=text)
        tally.violate(requirement, replace(shape, changes=({"place": text, "control": text, "probe": text},)))
    everything = "".join(HOSTILE)
    tally.inconclusive["GetTask/response/Status/enum"] = everything
    tally.limits[MAXIMUM] = {"documented": 100, "accepted": None, "refused": None, "code": everything}
    tally.time(everything, 0.1)
    tally.controls["GetTask"] = everything
    info = replace(INFO, target_name=everything * 99, target_version=everything, notes=(everything,))
    return build_report(contract, tally, replace(info, remaining=(everything, "y" * 1_000_000)))


@pytest.fixture
def hostile(hostile_report: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the hostile report, read from its own JSON."""
    loaded: dict[str, Any] = json.loads(json.dumps(hostile_report))
    return loaded


@pytest.fixture(params=["good", "bad", "cut_short", "killed", "unsure", "waived", "hostile"])
def any_report(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return each of the reports in turn."""
    report: dict[str, Any] = request.getfixturevalue(request.param)
    return report


@pytest.fixture(scope="session")
def schema() -> Callable[[str], Any]:
    """Return the function that reads a vendored schema."""

    def read(name: str) -> Any:
        return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))

    return read


def controls_in(text: str) -> list[str]:
    """Return the characters of a text that no one can see."""
    return re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", text)
