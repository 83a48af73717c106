"""JUnit XML: one test case for each requirement, with real failure elements."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: Mapping[str, Any], path: Path) -> None:
    """Write the report as JUnit XML.

    A broken MUST is a failure, a broken SHOULD passes with a note in its
    output, everything that was not judged is skipped with the reason.
    """
    root = ET.Element("testsuites", name="conformance")
    suites: dict[str, ET.Element] = {}
    for entry in report["requirements"]:
        suite = suites.get(entry["operation"])
        if suite is None:
            suite = ET.SubElement(root, "testsuite", name=entry["operation"])
            suites[entry["operation"]] = suite
        suite.append(_case(entry))
    for suite in suites.values():
        _count(suite)
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _case(entry: Mapping[str, Any]) -> ET.Element:
    case = ET.Element("testcase", classname=entry["operation"], name=entry["id"], time="0")
    texts = [_sentence(f) for f in entry["findings"]]
    if entry["outcome"] == "violates" and entry["level"] == "MUST":
        failure = ET.SubElement(case, "failure", message=clean(texts[0]), type="violates")
        failure.text = clean("\n\n".join([entry["statement"], *texts, entry["findings"][0]["rerun"]]))
    elif entry["outcome"] == "violates":
        ET.SubElement(case, "system-out").text = clean("warning: " + "\n\n".join(texts))
    elif entry["outcome"] != "conforms":
        ET.SubElement(case, "skipped", message=clean(f"{entry['outcome']}: {entry['reason']}"))
    return case


def _sentence(finding: Mapping[str, Any]) -> str:
    return f"expected {finding['expected']}; observed {finding['observed']}"


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("errors", "0")


def clean(text: str) -> str:
    """Return `text` with what XML 1.0 cannot hold replaced."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
