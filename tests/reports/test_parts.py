"""What renderings are made of: differences, latencies, texts, and the reading of reports."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi import Contract
from reports import Tally, build_report
from reports.difference import changes_between
from reports.latency import bucket_of, latency_entries, quantile, upper_bound
from reports.model import report_bytes
from reports.reading import ReportError, read_whole_report
from reports.text import shown, visible

from .conftest import BROKEN, INFO, WARNED, finding, good_tally


@pytest.mark.parametrize(
    ("control", "probe", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": "1"}, [("a", "1", '"1"')]),
        ({"a": True}, {"a": 1}, [("a", "true", "1")]),
        ({"a": 1}, {}, [("a", "1", "absent")]),
        ({}, {"a": None}, [("a", "absent", "null")]),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, [("a[2]", "absent", "3")]),
        ({"a": [1, 2, 3, 4]}, {"a": [1, 2]}, [("a[2..3]", "[3, 4]", "absent")]),
        ({"a": [1, 2, 3]}, {"a": [1, 9, 3]}, [("a[1]", "2", "9")]),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, [("a[0].b", '"x"', '"y"')]),
        ({"a": [1, 2]}, {"a": [3]}, [("a", "[1, 2]", "[3]")]),
    ],
)
def test_difference(control: dict[str, Any], probe: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    """The smallest place in which two requests differ is named, with both values."""
    changes = changes_between(control, probe)

    assert [(c["place"], c["control"], c["probe"]) for c in changes] == expected


def test_many_differences_are_counted() -> None:
    """Of many differences the first are named and the others counted."""
    changes = changes_between(dict.fromkeys("abcdefg", 1), dict.fromkeys("abcdefg", 2))

    assert [c["place"] for c in changes] == ["a", "b", "c", "d", ""]
    assert changes[-1]["probe"] == "and 3 more differences"


def test_long_values_are_clipped() -> None:
    """A difference stays short whatever is in it."""
    changes = changes_between({"a": "x"}, {"a": "y" * 10_000})

    assert len(changes[0]["probe"]) < 300


@given(st.floats(0.00002, 3000))
def test_bucket_holds_its_durations(seconds: float) -> None:
    """A duration is at most the bound of its bucket, and more than the bound of the one before."""
    bucket, milliseconds = bucket_of(seconds), round(seconds, 6) * 1000

    assert upper_bound(bucket - 1) * 0.999 < milliseconds <= upper_bound(bucket) * 1.001


def test_quantiles_are_upper_bounds() -> None:
    """A quantile is not below the true one and at most 19 % above it."""
    counts = Counter(bucket_of(n / 1000) for n in range(1, 101))
    buckets = latency_entries({"GetTask": counts})[0]["buckets"]

    assert 95 <= quantile(buckets, 0.95) <= 95 * 1.2
    assert quantile(buckets, 1.0) >= 100


def test_latencies_of_processes_add_up() -> None:
    """Tallies of processes travel as JSON and are merged with their latencies."""
    one, other = Tally(), Tally()
    one.time("GetTask", 0.001)
    other.time("GetTask", 0.001)
    other.time("GetBinding", 0.5)

    one.merge(Tally.from_json(json.loads(json.dumps(other.to_json()))))

    assert one.latency == {"GetTask": Counter({0: 2}), "GetBinding": Counter({bucket_of(0.5): 1})}


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_visible_text_can_be_written(text: str) -> None:
    """Whatever a text holds, what is shown of it is UTF-8 without control characters."""
    said = visible(text)

    assert said.encode("utf-8").decode("utf-8") == said
    assert not [c for c in said if c not in "\n\t" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0)]


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=50))
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    """A text that can be seen is not changed."""
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has the schema None"),
        ('{"schema": "other/1"}', "has the schema 'other/1'"),
        ('{"schema": "conformance-report/1"}', '"kit" is a required property'),
        ("\xff", "is not JSON"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """A file that is no report is refused in one sentence that names it."""
    (tmp_path / "report.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(ReportError, match=said) as caught:
        read_whole_report(tmp_path)

    assert len(str(caught.value).splitlines()) == 1
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("report", "change", "said"),
    [
        ("bad", {"verdict": "conforms"}, "the verdict is 'conforms', but what it is made of gives 'violates'"),
        ("bad", {"verdict": "inconclusive"}, "gives 'violates' .2 MUST requirements are broken"),
        ("good", {"verdict": "violates"}, "the verdict is 'violates', but what it is made of gives 'conforms'"),
        ("good", {"verdict": "inconclusive"}, "gives 'conforms'"),
        ("good", {"controls": {"GetTask": "HTTP 500"}}, "gives 'inconclusive' .GetTask: no request was accepted"),
        ("good", {"requests": 0}, "no request was sent, but '.*' was exercised"),
        ("unsure", {"verdict": "conforms"}, "'inconclusive'"),
        ("cut_short", {"verdict": "conforms"}, "complete"),
        ("good", {"requirements": []}, "nothing was seen to conform"),
        ("good", {"verdict": "perfect"}, "verdict"),
        ("good", {"requests": -1}, "requests"),
    ],
)
def test_overstated_reports_are_refused(
    tmp_path: Path, report: str, change: dict[str, Any], said: str, request: pytest.FixtureRequest
) -> None:
    """A report that claims more than its own requirements bear out is not rendered."""
    (tmp_path / "report.json").write_text(json.dumps({**request.getfixturevalue(report), **change}), encoding="utf-8")

    with pytest.raises(ReportError, match=said):
        read_whole_report(tmp_path)


@pytest.mark.parametrize(
    ("report", "change", "said"),
    [
        ("good", {"outcome": "waived"}, "findings"),
        ("good", {"findings": [dict.fromkeys(("case", "expected", "observed", "curl", "rerun"), "")]}, "findings"),
        ("good", {"violations": 1}, "violations"),
        ("good", {"outcome": "blocked"}, "exercised"),
        ("good", {"outcome": "not-exercised", "exercised": 0}, "gives 'inconclusive' .*was planned and not exercised"),
        ("bad", {"outcome": "waived"}, "is 'waived', but no waiver waives it"),
        ("bad", {"id": WARNED}, "is there 2 times"),
    ],
)
def test_requirements_that_contradict_are_refused(
    tmp_path: Path, report: str, change: dict[str, Any], said: str, request: pytest.FixtureRequest
) -> None:
    """A requirement whose outcome cannot be true beside its figures, the waivers or the verdict is not rendered."""
    whole = request.getfixturevalue(report)
    next(r for r in whole["requirements"] if r["id"] == BROKEN[0]).update(change)
    (tmp_path / "report.json").write_text(json.dumps(whole), encoding="utf-8")

    with pytest.raises(ReportError, match=said):
        read_whole_report(tmp_path)


def test_waiver_that_waives_nothing_is_not_believed(tmp_path: Path, bad: dict[str, Any]) -> None:
    """What a waiver says to waive has the outcome `waived`."""
    waiver = {"requirement": "*", "reason": "r", "owner": "o", "expires": "2027-01-01", "problem": ""}
    (tmp_path / "report.json").write_text(json.dumps({**bad, "waivers": [{**waiver, "waived": [WARNED]}]}))

    with pytest.raises(ReportError, match=f"a waiver waives '{WARNED}', but its outcome is another"):
        read_whole_report(tmp_path)


@pytest.mark.parametrize("name", ["good", "bad", "cut_short", "unsure", "hostile", "spent", "killed"])
def test_reports_of_runs_are_read(tmp_path: Path, name: str, request: pytest.FixtureRequest) -> None:
    """What runs write contradicts itself nowhere, whatever their target says and however they end."""
    report = request.getfixturevalue(name)
    (tmp_path / "report.json").write_bytes(report_bytes(report))

    assert read_whole_report(tmp_path) == report


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ({}, "its case ended without an occasion to judge it"),
        ({"cut": ("a case",)}, "the request budget was spent before it"),
        ({"undrawn": ("a case",)}, "the request budget was spent before it"),
        ({"complete": False}, "not all that was planned was sent"),
    ],
)
def test_what_was_planned_and_not_exercised_says_why(contract: Contract, ended: dict[str, Any], said: str) -> None:
    """A run in which a MUST did not come up whose case was run names a reason, and does not conform for it."""
    tally = good_tally(contract)
    tally.exercised[BROKEN[0]] = 0
    tally.planned.add(BROKEN[0])

    report = build_report(contract, tally, replace(INFO, **ended))

    assert next(r["reason"] for r in report["requirements"] if r["id"] == BROKEN[0]) == said
    assert report["verdict"] == "inconclusive"


def test_drawn_requests_that_were_not_paid_are_a_note(contract: Contract) -> None:
    """A run that judged everything conforms with fewer drawn requests than were planned, and says so."""
    report = build_report(contract, good_tally(contract), replace(INFO, undrawn=("a case", "another")))

    assert report["verdict"] == "conforms"
    assert "the request budget was spent before 2 cases of drawn requests; --max-requests gives more" in report["notes"]


@pytest.fixture
def spent(contract: Contract) -> dict[str, Any]:
    """Return the report of a run whose budget was spent before its last case."""
    return build_report(contract, good_tally(contract), replace(INFO, cut=("a case",)))


def alike(contract: Contract, said: str, count: int) -> str:
    """Return the first reason of a report of a run that found something and got so many equal answers."""
    tally = Tally(answers=Counter({said: count}))
    tally.violate(BROKEN[0], finding())
    return str(build_report(contract, tally, INFO)["reasons"][0])


@pytest.mark.parametrize(("said", "count"), [("HTTP 200 with RequestId", 20), ("HTTP 200 without a JSON object", 3)])
def test_a_target_that_answers_alike(contract: Contract, said: str, count: int) -> None:
    """A target that answers everything alike is said to, before what is broken."""
    assert alike(contract, said, count) == f"the target answers every request alike: {said}"


def test_a_case_that_is_repeated_alone(contract: Contract) -> None:
    """The few accepted answers of a case that is repeated do not make a target one that answers everything alike."""
    assert "alike" not in alike(contract, "HTTP 200 with RequestId", 19)
