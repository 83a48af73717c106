"""Verdicts about tasks that the kit knows: what it gave, and how they went on (facts imm.md 7.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.behaviors.task_answers import is_running
from conformance.checks.registry import expect
from conformance.exchange import Exchange, Verdict
from conformance.judge.reaction import Reaction, react, summarize
from conformance.world import TaskRef


def found_to_the_end(seen: list[Exchange]) -> Iterator[Verdict]:
    """IMM-GT-OK: once found, a task is answered with 200 whatever becomes of it."""
    for exchange in seen[1:]:
        reaction = react(exchange)
        if reaction.refuses or (reaction is Reaction.BROKEN and exchange.answer is not None):
            yield expect(
                "GetTask/behavior/success-200",
                False,
                expected="HTTP 200 for a task that was found before",
                observed=summarize(exchange),
                exchange=exchange,
                control=seen[0],
            )


def of_own_task(task: TaskRef, seen: list[Exchange]) -> Iterator[Verdict]:
    """Judge what was given at creation: UserData as it was, and no Tags."""
    yield from same_types(task, seen)
    given = (task.definition or {}).get("UserData", "")
    for exchange in seen:
        if not exchange.accepted:
            continue
        found = exchange.value.get("UserData") or ""
        yield expect(
            "GetTask/behavior/user-data",
            found == given,
            expected=f"UserData {json.dumps(given, ensure_ascii=False)} as at the creation of the task",
            observed=f"UserData {json.dumps(found, ensure_ascii=False)}"[:300] if found else "no UserData",
            exchange=exchange,
        )
        yield expect(
            "GetTask/behavior/tags-only-if-given",
            not exchange.value.get("Tags"),
            expected="no Tags of a task that was created without",
            observed=f"Tags {json.dumps(exchange.value.get('Tags'))}"[:300],
            exchange=exchange,
        )


def same_types(task: TaskRef, seen: list[Exchange]) -> Iterator[Verdict]:
    """IMM-GT-ECHO-TYPE: the type of a task whose type is known."""
    for exchange in seen:
        found = exchange.value.get("TaskType")
        if exchange.accepted and isinstance(found, str):
            yield expect(
                "GetTask/behavior/echo-type",
                found == task.type,
                expected=f"TaskType '{task.type}' as in the request",
                observed=f"TaskType '{found}'",
                exchange=exchange,
            )


def status_kept(seen: list[Exchange]) -> Iterator[Verdict]:
    """IMM-GT-STATUS-FINAL: a task that ended has ended."""
    statuses = [e.value.get("Status") for e in seen if e.accepted]
    ended = next((i for i, s in enumerate(statuses) if s in ("Succeeded", "Failed")), None)
    if ended is None:
        yield Verdict("GetTask/behavior/status-final", "inconclusive", observed="the task did not end in time")
        return
    later = [s for s in statuses[ended:] if s != statuses[ended]]
    yield expect(
        "GetTask/behavior/status-final",
        not later,
        expected=f"Status '{statuses[ended]}' for ever",
        observed=f"Status '{later[0] if later else ''}' afterwards",
        exchange=seen[-1],
    )


def progress_kept(seen: list[Exchange]) -> Iterator[Verdict]:
    """IMM-GT-PROGRESS-MONOTONE: what was done is not undone."""
    shown = [e.value.get("Progress") for e in seen if is_running(e)]
    numbers = [n for n in shown if isinstance(n, int) and not isinstance(n, bool)]
    if not numbers:  # the member may be left out at any time (C3)
        return
    if len(numbers) < 2:
        why = "fewer than two answers had a Progress while the task ran"
        yield Verdict("GetTask/behavior/progress-monotone", "inconclusive", observed=why)
        return
    yield expect(
        "GetTask/behavior/progress-monotone",
        numbers == sorted(numbers),
        expected="a Progress that does not fall",
        observed=f"Progress {', then '.join(map(str, numbers))}",
        exchange=seen[-1],
    )


def holds_definition(task: TaskRef, shown: Exchange) -> Iterator[Verdict]:
    """IMM-GT-REQDEF-CONTENT: the definition holds what the kit sent, and may hold more."""
    try:
        told = json.loads(shown.value.get("TaskRequestDefinition") or "")
    except (TypeError, ValueError, RecursionError):
        return
    if task.definition is None or not isinstance(told, dict):
        return
    wrong = [name for name, value in task.definition.items() if not _holds(told.get(name), value)]
    yield expect(
        "GetTask/behavior/definition-content",
        not wrong,
        expected="TaskRequestDefinition with every parameter of the request that created the task",
        observed=f"{', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not as sent",
        exchange=shown,
    )


def _holds(told: Any, sent: Any) -> bool:
    """Whether `told` says what was sent; JSON may be text, and objects may have grown defaults."""
    if isinstance(told, str) and not isinstance(sent, str):
        try:
            told = json.loads(told)
        except (ValueError, RecursionError):
            return False
    if isinstance(sent, Mapping):
        return isinstance(told, dict) and all(_holds(told.get(n), v) for n, v in sent.items())
    if isinstance(sent, list):
        return isinstance(told, list) and len(told) == len(sent) and all(map(_holds, told, sent))
    return bool(told == sent)
