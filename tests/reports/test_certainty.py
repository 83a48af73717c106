"""No rendering shows more certainty than the report has."""

import json
from typing import Any

import pytest
from lxml import etree, html

from reports.renderings import render

from .conftest import BROKEN

Report = dict[str, Any]
DOUBTFUL = ("cut_short", "unsure")


@pytest.fixture(params=DOUBTFUL)
def doubtful(request: pytest.FixtureRequest) -> Report:
    """Return a report in which nothing is broken and which is inconclusive all the same."""
    report: Report = request.getfixturevalue(request.param)
    assert report["verdict"] == "inconclusive"
    return report


def page_text(report: Report, element: str) -> str:
    """Return the text of the element of the page that has this id."""
    return " ".join(html.fromstring(render("html", report)).get_element_by_id(element).text_content().split())


def test_page_says_inconclusive(doubtful: Report) -> None:
    """The headline of the page is the verdict of the run."""
    assert page_text(doubtful, "verdict").startswith("inconclusive")


def test_page_says_that_a_run_was_cut_short(cut_short: Report) -> None:
    """A run that did not reach its end says so at the top of the page."""
    top = html.fromstring(render("html", cut_short)).find_class("headline")[0].text_content()

    assert "did not reach its end" in top


def test_page_lists_what_was_not_judged(bad: Report) -> None:
    """The page gives the reason for everything that was not judged, and for facts that are never tested."""
    text = page_text(bad, "silence")

    for reason in ("no project could be made", "deselected in pytest", bad["not_tested"][0]["reason"]):
        assert reason in text


def test_badges_say_inconclusive(doubtful: Report) -> None:
    """Neither badge is green for a run that could not judge."""
    endpoint = json.loads(render("shields", doubtful))

    assert endpoint["message"] == "inconclusive"
    assert endpoint["color"] == "lightgrey"
    assert "conforms" not in render("badge", doubtful)


def test_badge_counts_what_was_seen(good: Report) -> None:
    """A run that conforms says how many MUST requirements it saw, and is not all green without all of them."""
    entry = next(r for r in good["requirements"] if r["level"] == "MUST")
    entry.update(outcome="not-exercised", reason="deselected in pytest")
    total = sum(r["level"] == "MUST" for r in good["requirements"])

    endpoint = json.loads(render("shields", good))

    assert endpoint["message"] == f"conforms, {total - 1} of {total} MUST seen"
    assert endpoint["color"] == "yellowgreen"


def test_junit_has_an_error(doubtful: Report) -> None:
    """JUnit of a run that could not judge has an error, so that a CI page is not green."""
    root = etree.fromstring(render("junit", doubtful).encode())

    assert root.find("testsuite[@name='run']/testcase/error") is not None
    assert root.find("testsuite[@name='run']").get("errors") == "1"


def test_junit_of_a_good_run_has_none(good: Report) -> None:
    """JUnit of a run that conforms has neither errors nor failures."""
    root = etree.fromstring(render("junit", good).encode())

    assert {(s.get("errors"), s.get("failures")) for s in root} == {("0", "0")}


def test_ctrf_verdict_is_not_passed(doubtful: Report) -> None:
    """The first test of CTRF is the verdict, which did not pass."""
    verdict = json.loads(render("ctrf", doubtful))["results"]["tests"][0]

    assert (verdict["rawStatus"], verdict["status"]) == ("inconclusive", "other")


def test_sarif_run_was_no_success(doubtful: Report) -> None:
    """SARIF without results says that the run did not succeed, and why."""
    invocation = json.loads(render("sarif", doubtful))["runs"][0]["invocations"][0]

    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_suppresses_what_is_waived(waived: Report) -> None:
    """A waived requirement is a suppressed result with the reason of the waiver."""
    results = json.loads(render("sarif", waived))["runs"][0]["results"]

    suppressed = {r["ruleId"]: r["suppressions"] for r in results if "suppressions" in r}

    assert suppressed == {BROKEN[0]: [{"kind": "external", "justification": "known gap, until spring"}]}


@pytest.mark.parametrize(
    ("name", "where"), [("junit", "skipped"), ("ctrf", '"rawStatus": "waived"'), ("html", "waived")]
)
def test_what_is_waived_does_not_pass(name: str, where: str, waived: Report) -> None:
    """A waived requirement is not shown as one that conforms."""
    assert where in render(name, waived)


@pytest.mark.parametrize("name", ["html", "markdown", "junit", "ctrf"])
def test_stale_waivers_are_shown(name: str, good: Report) -> None:
    """A waiver that fails the run is named, although the verdict is not about it."""
    waiver = {"requirement": "GetTask/*", "reason": "known", "owner": "we", "expires": "2030-01-01", "waived": []}
    good["waivers"] = [{**waiver, "problem": "line 3: nothing is broken any more"}]

    assert "stale waiver: line 3: nothing is broken any more" in render(name, good)


def test_markdown_begins_with_the_verdict(doubtful: Report) -> None:
    """The summary begins with the verdict and its reasons."""
    lines = render("markdown", doubtful).splitlines()

    assert lines[0].endswith("inconclusive")
    assert any(line.startswith("- ") for line in lines[:6])
