"""Lawful servers that choose where no source decides: what an empty text is, where a job is read, how a time looks."""

import re
from typing import Any

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError

_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)$")


def unlawful(select: tuple[str, ...], **hooks: Any) -> list[str]:
    """Return the MUSTs that a run finds broken or cannot judge at a server with hooks."""
    report = judge_emulator([PlantedFault("free", "", "", **hooks)], settings=Settings(select=select))
    musts = [r for r in report["requirements"] if r["level"] == "MUST"]
    unexplained = [r for r in musts if r["outcome"] == "not-exercised" and not r["reason"]]
    return [r["id"] for r in musts if r in unexplained or r["outcome"] in ("violates", "inconclusive", "blocked")]


def empty_is_a_value(call: Call, emulator: Emulator) -> Answer | None:
    """Refuse an empty text as a bad value, and not as a missing one."""
    empty = next((name for name, text in call.params.items() if not text), None)
    bad = ApiError(400, f"Invalid{empty}", f"'{empty}' is not valid.")
    return emulator.refuse(call, bad) if empty and call.service == "imm" else None


def test_an_empty_text_may_be_a_bad_value() -> None:
    """Whether a parameter without a text is missing or bad no source says (IMM-COM-ERR-MISSING)."""
    assert unlawful(("GetTask/request/*", "CreateBinding/request/*"), before=empty_is_a_value) == []


def read_from_the_form(call: Call, emulator: Emulator) -> Answer | None:
    """Refuse a job whose configuration is where the SDKs do not put it."""
    misplaced = call.action == "SubmitBatchMediaProducingJob" and call.sources.get("InputConfig") != "form"
    return emulator.refuse(call, ApiError(400, "MissingInputConfig", "It is missing.")) if misplaced else None


def test_a_job_may_be_read_from_the_form_alone() -> None:
    """No source says that the configurations of a batch job are read from the query (ICE-SBMPJ-FORM-BODY)."""
    select = ("GetBatchMediaProducingJob/*", "Provisioning/behavior/batch-job*")

    assert unlawful(select, before=read_from_the_form) == []


def small_letters(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    """Write `t` and `z` in times."""
    del call, emulator
    return Answer(answer.status, _lowered(answer.payload), answer.headers)


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lowered(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_lowered(inner) for inner in value]
    return _TIME.sub(lambda m: f"{m[1]}t{m[2]}{m[3].lower()}", value) if isinstance(value, str) else value


def test_times_may_have_small_letters() -> None:
    """RFC 3339 allows them, and the schema of answers does (IMM-COM-TIME)."""
    assert unlawful(("CreateBinding/behavior/*", "GetBinding/behavior/*"), after=small_letters) == []
