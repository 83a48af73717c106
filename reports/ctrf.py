"""CTRF: one test for each requirement, and one for the verdict of the run."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import datetime
from typing import Any

from reports.summary import Entry, caveats, kind_of, sentence_of
from reports.text import shown

SPECIFICATION = "0.0.0"
_STATUS = {
    "conforms": "passed",
    "violates": "failed",
    "warns": "other",
    "inconclusive": "other",
    "waived": "other",
    "blocked": "skipped",
    "not-exercised": "skipped",
}
_VERDICT_STATUS = {"conforms": "passed", "violates": "failed", "inconclusive": "other"}
_NAMESPACE = uuid.UUID("5c1a6a3e-6f0b-5d5e-9f5c-0d6f1c7d1f0e")


def render_ctrf(report: Entry) -> str:
    """Return the report in the Common Test Report Format."""
    tests = [_verdict(report), *(_test(r) for r in report["requirements"])]
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "timestamp": _end(report),
        "generatedBy": report["kit"]["name"],
        "results": {
            "tool": {"name": report["kit"]["name"], "version": report["kit"]["version"]},
            "summary": _summary(report, tests),
            "tests": tests,
            "environment": {
                "appName": shown(report["target"]["name"]),
                "appVersion": shown(report["target"]["version"]),
                "extra": {"contract": report["kit"]["contract"], **_plain(report["run"])},
            },
        },
    }
    return json.dumps(document, indent=1) + "\n"


def _summary(report: Entry, tests: list[dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(test["status"] for test in tests)
    return {
        "tests": len(tests),
        **{status: counts[status] for status in ("passed", "failed", "skipped", "pending", "other")},
        "start": _milliseconds(report["run"]["started"]),
        "stop": _milliseconds(_end(report)),
        "extra": {"verdict": report["verdict"], "complete": report["complete"], "requests": report["requests"]},
    }


def _plain(run: Entry) -> dict[str, Any]:
    return {name: run[name] for name in ("profile", "seed", "workers", "wall_seconds")}


def _verdict(report: Entry) -> dict[str, Any]:
    return {
        "name": "verdict of the run",
        "status": _VERDICT_STATUS[report["verdict"]],
        "rawStatus": report["verdict"],
        "duration": round(report["run"]["wall_seconds"] * 1000),
        "suite": ["run"],
        "message": shown("\n".join(caveats(report))),
    }


def _test(entry: Entry) -> dict[str, Any]:
    kind = kind_of(entry)
    test: dict[str, Any] = {
        "id": str(uuid.uuid5(_NAMESPACE, shown(entry["id"]))),
        "name": shown(entry["id"]),
        "status": _STATUS[kind],
        "rawStatus": kind,
        "duration": 0,
        "suite": [shown(entry["operation"])],
        "tags": [entry["level"], entry["grade"]],
        "filePath": f"openapi/{shown(entry['location']['document'])}",
        "line": entry["location"]["line"],
        "extra": {"exercised": entry["exercised"], "violations": entry["violations"], "source": shown(entry["source"])},
    }
    if entry["findings"]:
        test["message"] = shown(sentence_of(entry["findings"][0]))
        test["trace"] = "\n\n".join(_trace(finding) for finding in entry["findings"])
    elif entry["reason"]:
        test["message"] = shown(entry["reason"])
    return test


def _trace(finding: Entry) -> str:
    texts = (finding["case"], sentence_of(finding), finding["rerun"])
    return "\n".join(shown(text) for text in texts if text)


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _end(report: Entry) -> str:
    """Return when the run finished; of a killed one nothing later than its beginning is known."""
    return str(report["run"]["finished"] or report["run"]["started"])
