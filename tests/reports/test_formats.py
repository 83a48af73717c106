"""Every rendering of every report is what its own format asks for."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from lxml import etree
from markdown_it import MarkdownIt

from openapi import Contract
from reports import build_report
from reports.renderings import FORMATS, render
from reports.schemas import load_schema

from .conftest import BROKEN, HOSTILE, INFO, SCHEMAS, WARNED, controls_in, finding, good_tally

Report = dict[str, Any]
JSON = {"ctrf": "ctrf-0.0.schema.json", "sarif": "sarif-2.1.0.schema.json", "shields": "shields-endpoint.schema.json"}


@pytest.mark.parametrize("name", JSON)
def test_json_is_valid(name: str, any_report: Report, schema: Callable[[str], Any]) -> None:
    """CTRF, SARIF and the shields endpoint keep their schemas, formats included."""
    document = json.loads(render(name, any_report))

    validator = jsonschema_rs.validator_for(schema(JSON[name]), validate_formats=True)

    assert [e.message[:200] for e in validator.iter_errors(document)] == []


def test_junit_is_valid(any_report: Report) -> None:
    """JUnit XML keeps the schema that Jenkins reads it by."""
    document = etree.fromstring(render("junit", any_report).encode())

    rules = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))

    assert rules.validate(document), rules.error_log


def test_badge_is_a_picture(any_report: Report) -> None:
    """The badge is SVG without a script or anything to fetch."""
    badge = etree.fromstring(render("badge", any_report).encode())

    assert badge.tag == "{http://www.w3.org/2000/svg}svg"
    assert {element.tag.partition("}")[2] for element in badge.iter()} == {
        "svg",
        "title",
        "clipPath",
        "g",
        "rect",
        "text",
    }


def test_report_is_valid(any_report: Report) -> None:
    """The report itself keeps the schema that is published."""
    validator = jsonschema_rs.validator_for(load_schema("report"), validate_formats=True)

    assert [e.message[:200] for e in validator.iter_errors(any_report)] == []


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_invisible(name: str, hostile: Report) -> None:
    """No rendering has a character in it that cannot be seen or that moves others."""
    text = render(name, hostile)

    assert controls_in(text) == []
    assert controls_in("".join(HOSTILE)), "the report is not hostile"


@pytest.mark.parametrize("name", FORMATS)
def test_size_is_bounded(name: str, hostile: Report) -> None:
    """Texts of a megabyte do not make a rendering large."""
    most = 100_000 if name in ("markdown", "shields", "badge") else 3_000_000

    assert len(render(name, hostile).encode()) < most


def test_junit_fails_for_each_broken_must(bad: Report) -> None:
    """A broken MUST is a failure that says what was expected, observed and how to repeat it."""
    cases = etree.fromstring(render("junit", bad).encode()).iter("testcase")

    failed = {case.get("name"): case.find("failure") for case in cases if case.find("failure") is not None}

    assert set(failed) == set(BROKEN)
    assert "observed accepted: HTTP 200" in failed[BROKEN[0]].get("message")
    assert "conformance run --target" in failed[BROKEN[0]].text


def test_ctrf_counts_what_it_lists(bad: Report) -> None:
    """The summary of CTRF is that of its tests, one for each requirement and one for the verdict."""
    results = json.loads(render("ctrf", bad))["results"]
    statuses = [test["status"] for test in results["tests"]]

    assert results["summary"]["tests"] == len(statuses) == len(bad["requirements"]) + 1
    assert {s: results["summary"][s] for s in ("passed", "failed", "skipped", "pending", "other")} == {
        s: statuses.count(s) for s in ("passed", "failed", "skipped", "pending", "other")
    }
    assert statuses.count("failed") == len(BROKEN) + 1


def test_sarif_points_at_the_documents(bad: Report, contract: Contract) -> None:
    """A result of SARIF names the rule, its level and the line of the document that states it."""
    run = json.loads(render("sarif", bad))["runs"][0]
    found = {r["ruleId"]: r for r in run["results"]}
    place = found[WARNED]["locations"][0]["physicalLocation"]
    written = contract.ledger[WARNED].location

    assert set(found) == {*BROKEN, WARNED}
    assert [found[BROKEN[0]]["level"], found[WARNED]["level"]] == ["error", "warning"]
    assert place["artifactLocation"]["uri"] == f"openapi/{written.document}"
    assert place["region"]["startLine"] == written.line
    assert all(run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])


def test_sarif_fingerprints_stay(bad: Report) -> None:
    """A finding has the same fingerprint in another run, and another one for another requirement."""
    first = json.loads(render("sarif", bad))["runs"][0]["results"]
    bad["run"]["seed"] = 7
    again = json.loads(render("sarif", bad))["runs"][0]["results"]

    assert [r["partialFingerprints"] for r in first] == [r["partialFingerprints"] for r in again]
    assert len({r["partialFingerprints"]["requirement/v1"] for r in first}) == len(first)


def test_markdown_shows_markup_as_text(hostile: Report) -> None:
    """Nothing that a target says is markup of the summary: no element, link, heading or table of its own."""
    tokens = MarkdownIt("commonmark").enable("table").parse(render("markdown", hostile))
    inner = [child for token in tokens for child in token.children or ()]

    assert {t.content.split("<summary>")[0].strip() for t in tokens if t.type == "html_block"} == {
        "<details>",
        "</details>",
    }
    assert {child.type for child in inner} <= {"text", "text_special", "code_inline", "softbreak"}
    assert [t.type for t in tokens].count("table_open") == 1
    assert [t.markup for t in tokens if t.type == "heading_open"] == ["##", "###", "###", "###"]


@pytest.mark.parametrize("name", ["ctrf", "junit", "markdown", "sarif"])
def test_what_did_not_show_each_time_says_so(name: str, contract: Contract) -> None:
    """A finding of one run in three reads as that in every format, and not as a steady one."""
    tally = good_tally(contract)
    tally.violate(BROKEN[0], finding(repeats="1/3"))

    rendered = render(name, build_report(contract, tally, INFO)).replace("\\", "")

    assert "(in 1 of 3 runs of the case)" in rendered
