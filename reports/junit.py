"""JUnit XML: one test case for each requirement, with real failure elements."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from reports.summary import caveats, sentence_of
from reports.text import shown

LONGEST = 8000
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render_junit(report: Mapping[str, Any]) -> str:
    """Return the report as JUnit XML.

    A broken MUST is a failure, a broken SHOULD passes with a note in its
    output, everything that was not judged is skipped with the reason. A run
    that could not judge is an error, so that nothing takes it for a success.
    """
    root = ET.Element("testsuites", name="conformance")
    suites: dict[str, ET.Element] = {"run": ET.SubElement(root, "testsuite", name="run")}
    suites["run"].append(_verdict(report))
    for entry in report["requirements"]:
        suite = suites.get(entry["operation"])
        if suite is None:
            suite = ET.SubElement(root, "testsuite", name=clean(entry["operation"]))
            suites[entry["operation"]] = suite
        suite.append(_case(entry))
    for suite in suites.values():
        _count(suite)
    ET.indent(root)
    return f"{_DECLARATION}{ET.tostring(root, encoding='unicode')}\n"


def _verdict(report: Mapping[str, Any]) -> ET.Element:
    run = report["run"]
    case = ET.Element("testcase", classname="run", name="verdict", time=f"{run['wall_seconds']:.3f}")
    said = "; ".join(caveats(report))
    if report["verdict"] == "inconclusive":
        ET.SubElement(case, "error", message=clean(said), type="inconclusive")
    elif said:
        ET.SubElement(case, "system-out").text = clean(f"{report['verdict']}: {said}")
    return case


def _case(entry: Mapping[str, Any]) -> ET.Element:
    case = ET.Element("testcase", classname=clean(entry["operation"]), name=clean(entry["id"]), time="0")
    texts = [sentence_of(f) for f in entry["findings"]]
    if entry["outcome"] == "violates" and entry["level"] == "MUST":
        failure = ET.SubElement(case, "failure", message=clean(texts[0]), type="violates")
        failure.text = clean("\n\n".join([entry["statement"], *texts, entry["findings"][0]["rerun"]]))
    elif entry["outcome"] == "violates":
        ET.SubElement(case, "system-out").text = clean("warning: " + "\n\n".join(texts))
    elif entry["outcome"] != "conforms":
        ET.SubElement(case, "skipped", message=clean(f"{entry['outcome']}: {entry['reason']}"))
    return case


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))


def clean(text: str) -> str:
    """Return a text that XML 1.0 can hold, in which nothing is invisible."""
    return shown(text, LONGEST)
