"""SARIF 2.1.0: rules are requirements, locations the lines of the documents that state them."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from reports.summary import Entry, caveats, sentence_of
from reports.text import shown

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"MUST": "error", "SHOULD": "warning"}


def render_sarif(report: Entry) -> str:
    """Return what is broken in the Static Analysis Results Interchange Format.

    A waived requirement is a suppressed result. A run that could not judge
    says so in its invocation, since it has no place among results.
    """
    rules = [_rule(r) for r in report["requirements"]]
    results = [_result(number, r, report) for number, r in enumerate(report["requirements"]) if r["findings"]]
    run = {
        "tool": {
            "driver": {
                "name": report["kit"]["name"],
                "version": report["kit"]["version"],
                "rules": rules,
                "properties": {"contract": report["kit"]["contract"]},
            }
        },
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"verdict": report["verdict"], "target": shown(report["target"]["name"])},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(entry: Entry) -> dict[str, Any]:
    return {
        "id": shown(entry["id"]),
        "shortDescription": {"text": shown(entry["statement"])},
        "fullDescription": {"text": shown(f"{entry['statement']} Source: {entry['source']}.")},
        "defaultConfiguration": {"level": _LEVELS[entry["level"]]},
        "properties": {
            "tags": [entry["level"], shown(entry["operation"]), entry["grade"]],
            "outcome": entry["outcome"],
            "reason": shown(entry["reason"]),
            "exercised": entry["exercised"],
        },
    }


def _result(number: int, entry: Entry, report: Entry) -> dict[str, Any]:
    first = entry["findings"][0]
    result: dict[str, Any] = {
        "ruleId": shown(entry["id"]),
        "ruleIndex": number,
        "level": _LEVELS[entry["level"]],
        "message": {"text": _message(entry, first)},
        "locations": [_location(entry)],
        "occurrenceCount": max(1, entry["violations"]),
        "partialFingerprints": {"requirement/v1": _fingerprint(entry, report)},
        "properties": {"case": shown(first["case"])},
    }
    if entry["outcome"] == "waived":
        result["suppressions"] = [{"kind": "external", "justification": shown(entry["reason"])}]
    return result


def _message(entry: Entry, finding: Entry) -> str:
    """Return the text of a result, of which viewers show the first sentence alone."""
    again = f"\nSee it again: {shown(finding['rerun'])}" if finding["rerun"] else ""
    return f"{shown(entry['id'])}: {shown(sentence_of(finding))}.{again}"


def _location(entry: Entry) -> dict[str, Any]:
    where = entry["location"]
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(f"openapi/{shown(where['document'])}"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": where["line"]},
        },
        "logicalLocations": [{"fullyQualifiedName": shown(entry["id"]), "kind": "member"}],
    }


def _fingerprint(entry: Entry, report: Entry) -> str:
    """Return what is equal for the same requirement of the same target in every run."""
    text = f"{report['target']['name']}\n{entry['id']}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _invocation(report: Entry) -> dict[str, Any]:
    said, finished = [*caveats(report), *report["notes"]], report["run"]["finished"]
    return {
        "executionSuccessful": bool(report["complete"]) and report["verdict"] != "inconclusive",
        "startTimeUtc": _utc(report["run"]["started"]),
        **({"endTimeUtc": _utc(finished)} if finished else {}),  # a killed run has none
        "toolExecutionNotifications": [{"level": "note", "message": {"text": shown(text)}} for text in said],
    }


def _utc(moment: str) -> str:
    return moment.replace("+00:00", "Z")
