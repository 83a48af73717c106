"""Variations of times and of how long things take (imm.md 1.5, C30; ice.md 5.17)."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from emulator.calls import Answer, Call
from emulator.json_text import JsonObject
from emulator.times import MILLISECOND
from emulator.variations.model import After, Variation, on

if TYPE_CHECKING:
    from emulator.core import Emulator

_NAMES: Final = (
    "CreateTime",
    "UpdateTime",
    "FileModifiedTime",
    "FileCreateTime",
    "FileAccessTime",
    "StartTime",
    "EndTime",
)
_INDEXING: Final = ("IndexFileMeta", "BatchIndexFileMeta")
_FILE_NANOSECONDS: Final = 200 * MILLISECOND
_MAPS: Final = ("CustomLabels", "OSSTagging", "OSSUserMeta", "Tags")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)

TimeForm = Callable[[str, str, str], str]


def rewritten(text: str, form: TimeForm) -> str:
    """Return a time in another form; a text that is no time comes back as it is."""
    match = _TIME.fullmatch(text)
    return form(match[1], match[2] or "", match[3]) if match else text


def _digits(count: int) -> TimeForm:
    def form(seconds: str, fraction: str, offset: str) -> str:
        digits = fraction.ljust(count, "0")[:count]
        return f"{seconds}.{digits}{offset}" if digits else f"{seconds}{offset}"

    return form


def in_utc(seconds: str, fraction: str, offset: str) -> str:
    """Return a time in UTC with the same fraction."""
    moved = datetime.fromisoformat(seconds + offset).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moved}.{fraction}Z" if fraction else f"{moved}Z"


def _times(form: TimeForm) -> After:
    """Return a hook that gives the times of IMM another form; those of ICE have only one."""

    def change(payload: JsonObject, call: Call, _emulator: "Emulator") -> None:
        if call.service == "imm":
            _rewrite(payload, form)

    return on(change=change)


def _rewrite(value: object, form: TimeForm) -> None:
    if isinstance(value, list):
        for item in value:
            _rewrite(item, form)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name in _NAMES and isinstance(member, str):
                value[name] = rewritten(member, form)
            elif name not in _MAPS:
                _rewrite(member, form)


def _one_at_a_time(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
    """Let the files of an index call wait for those of the calls before it."""
    jobs = emulator.state.index_jobs
    if call.action not in _INDEXING or answer.status != 200 or not jobs:
        return answer
    *before, job = jobs
    start = max([job.start_time, *(other.end_time for other in before)])
    jobs[-1] = replace(job, end_time=start + len(job.items) * _FILE_NANOSECONDS)
    return answer


VARIATIONS: Final = (
    Variation(
        "times-in-seconds",
        "Times of IMM have no fraction.",
        ("IMM-COM-TIME", "C30"),
        groups=("time-digits",),
        after=_times(_digits(0)),
    ),
    Variation(
        "times-two-digits",
        "Times of IMM have two digits of a fraction.",
        ("IMM-COM-TIME", "C30"),
        groups=("time-digits",),
        after=_times(_digits(2)),
    ),
    Variation(
        "times-nine-digits",
        "Times of IMM have nine digits of a fraction, zeros included.",
        ("IMM-COM-TIME", "C30"),
        groups=("time-digits",),
        after=_times(_digits(9)),
    ),
    Variation(
        "times-in-utc",
        "Times of IMM metadata are in UTC.",
        ("IMM-COM-TIME",),
        after=_times(in_utc),
    ),
    Variation(
        "slow",
        "Asynchronous work takes seconds, but less than the ten that a run waits.",
        ("imm.md 5.3", "imm.md 14.2, 5"),
        groups=("pace",),
        timings={
            "index": 4.0,
            "full_scan_start": 2.0,
            "full_scan_end": 6.0,
            "task": 6.0,
            "upload_step": 1.2,
            "batch_start": 1.0,
            "batch_end": 7.0,
        },
    ),
    Variation(
        "one-at-a-time",
        "Files are indexed one after the other, five in a second.",
        ("imm.md 5.3",),
        groups=("pace",),
        after=_one_at_a_time,
    ),
    Variation(
        "instant",
        "Asynchronous work is done by the next call.",
        ("imm.md 5.3", "imm.md 14.2, 5"),
        groups=("pace",),
        timings={
            "index": 0.0,
            "full_scan_start": 0.0,
            "full_scan_end": 0.0,
            "task": 0.0,
            "upload_step": 0.0,
            "batch_start": 0.0,
            "batch_end": 0.0,
        },
    ),
    Variation(
        "leap-years-kept",
        "A batch job is kept for 366 days.",
        ("ICE-GBMPJ-YEAR", "ICE-5.17"),
        limits={"batch_job_kept_seconds": 366 * 24 * 60 * 60},
    ),
)
