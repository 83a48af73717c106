"""Reports: what a run has seen, its verdict, and everything rendered from it."""

from reports.model import RunInfo, build_report
from reports.tally import Finding, Tally
from reports.verdict import exit_code, outcome_of, verdict_of

__all__ = [
    "Finding",
    "RunInfo",
    "Tally",
    "build_report",
    "exit_code",
    "outcome_of",
    "verdict_of",
]
