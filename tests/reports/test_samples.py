"""The sample reports in the documentation are real and whole."""

from pathlib import Path

import pytest

from reports.reading import read_whole_report

SAMPLES = Path(__file__).parents[2] / "docs" / "reports"


@pytest.mark.parametrize(("name", "verdict"), [("embedded", "conforms"), ("faulty", "violates")])
def test_sample_is_a_report(name: str, verdict: str) -> None:
    """Each sample keeps the published schema, has the verdict that the documentation says, and its page."""
    report = read_whole_report(SAMPLES / name)
    page = (SAMPLES / name / "report.html").read_text(encoding="utf-8")

    assert (report["verdict"], report["complete"]) == (verdict, True)
    assert f"<title>{verdict}: {report['target']['name']}" in page


def test_sample_of_a_fault_shows_everything() -> None:
    """The sample of a faulty target has a finding with a control, and a limit that is drawn elsewhere."""
    report = read_whole_report(SAMPLES / "faulty")

    assert [f for r in report["requirements"] for f in r["findings"] if f["control"] and len(f["changes"]) == 1]
    assert [limit for limit in report["limits"] if limit["accepted"] > limit["documented"]]
