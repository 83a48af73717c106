"""How long validators take for one answer with 100 full files (c)."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import jsonschema
import jsonschema_rs

from conformance.judge import AnswerJudge
from openapi import load_contract

FILES = 100


def measure_validators(runs: int = 9) -> list[dict[str, Any]]:
    """Return the milliseconds of each validator, and how often the fastest fits into them."""
    answer, judge = _answer(), AnswerJudge(load_contract().operations["BatchGetFileMeta"].response)
    schema = judge.schema
    fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    slow = jsonschema.Draft202012Validator(schema)
    found = {
        "jsonschema-rs, all errors": _timed(lambda: list(fast.iter_errors(answer)), runs),
        "the kit: all errors, occasions, JSON in texts": _timed(lambda: judge.judge(answer), runs),
        "jsonschema, all errors": _timed(lambda: list(slow.iter_errors(answer)), max(1, runs // 3)),
    }
    least = min(found.values())
    return [{"what": n, "ms": round(1000 * s, 2), "ratio": round(s / least, 1)} for n, s in found.items()]


def _timed(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return median(times)


def _answer() -> dict[str, Any]:
    """Return an answer of the emulator with its fullest file 100 times."""
    from conformance.exchange import Call  # only here
    from conformance.target import connect, read_target  # as above

    connection = connect(read_target(None), load_contract())
    seeded = connection.seeded
    place = {"ProjectName": seeded.project, "DatasetName": seeded.dataset}
    value = connection.send(Call("BatchGetFileMeta", {**place, "URIs": list(seeded.indexed_uris)})).value
    connection.close()
    fullest = max(value["Files"], key=lambda file: len(str(file)))
    return {**value, "Files": [fullest] * FILES}
