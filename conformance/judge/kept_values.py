"""What stays as it is: when jobs were made, and times, media and parts of those that came to a good end.

What failed may be tried again under the same id, and then ends anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.behaviors.instants import read_instant
from conformance.exchange import Exchange, Verdict

_LONGEST = 200
"""Characters of a text that is remembered; a hostile server could fill the memory with longer ones."""
_MOST = 100
"""Entries of one list that are looked at."""
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class _Thing:
    """A job or task as one answer has it; `final` is None unless it came to a good end."""

    id: tuple[str, ...]
    always: Mapping[str, str]
    final: Mapping[str, str] | None


@dataclass(slots=True)
class KeptValues:
    """Remembers what the answers of a run said of each job and task, of those `requirements` that there are."""

    requirements: Collection[str]
    _always: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)
    _final: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def look(self, exchange: Exchange) -> Iterator[Verdict]:
        """Yield a violation for each job or task of which an earlier answer told something else."""
        requirement = _requirement(exchange)
        form = exchange.call.form
        if requirement not in self.requirements or form.action not in (None, exchange.call.operation):
            return
        for thing in _things(exchange):
            told = self.compared(thing)
            changed = [f"{name}: {now}, before: {before}" for name, before, now in told if not _same(before, now)]
            if changed:
                yield Verdict(
                    requirement,
                    "violates",
                    expected="what an earlier answer said of it",
                    observed=f"of {thing.id[-1]}, {'; '.join(changed)}"[:_SHOWN],
                    exchange=exchange,
                )

    def compared(self, thing: _Thing) -> list[tuple[str, str, str]]:
        """Return each value that was there before, with what it was and is; remember those that were not."""
        known = [(self._always.setdefault(thing.id, {}), thing.always)]
        if thing.final is None:
            self._final.pop(thing.id, None)
        else:
            known.append((self._final.setdefault(thing.id, {}), thing.final))
        both = [(name, was[name], now) for was, values in known for name, now in values.items() if name in was]
        for was, values in known:
            was.update((name, now) for name, now in values.items() if name not in was)
        return both


def kept(seen: Iterable[Exchange]) -> Iterator[Verdict]:
    """Yield that values stay where one of these exchanges tells what an earlier one did; a change is told at once."""
    memory = KeptValues(())
    again = [exchange for exchange in seen if [thing for thing in _things(exchange) if memory.compared(thing)]]
    for exchange in again[-1:]:
        yield Verdict(_requirement(exchange), "conforms", exchange=exchange)


def _requirement(exchange: Exchange) -> str:
    return f"{exchange.call.operation}/behavior/values-kept"


def _same(before: str, now: str) -> bool:
    """Return whether two texts tell the same, be it one moment with another number of digits."""
    one, other = read_instant(before), read_instant(now)
    return before == now or (one is not None and other is not None and one.same(other))


def _things(exchange: Exchange) -> Iterator[_Thing]:
    operation, value = exchange.call.operation, exchange.value if exchange.accepted else {}
    if operation == "GetTask":
        ended = value.get("Status") == "Succeeded"
        if id_ := _texts(value, "ProjectName", "TaskId"):
            yield _Thing((operation, *id_.values()), {}, _texts(value, "StartTime", "EndTime") if ended else None)
    elif operation == "GetUrlUploadInfos":
        for entry in _objects(value.get("URLUploadInfoList")):
            ended = str(entry.get("Status")).upper() == "SUCCESS"
            final = _texts(entry, "CompleteTime", "MediaId") if ended else None
            if id_ := _texts(entry, "JobId"):
                whole = _texts(entry, "UploadURL") | id_  # the entry of another job under this id is told elsewhere
                yield _Thing((operation, *whole.values()), _texts(entry, "CreationTime"), final)
    elif operation == "GetBatchMediaProducingJob":
        for job in _objects([value.get("EditingBatchJob")]):
            if id_ := _texts(job, "JobId"):
                yield _Thing((operation, *id_.values()), _texts(job, "CreateTime"), _of_batch(job))


def _of_batch(job: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return what is kept of a batch job of which no part failed; None before its end."""
    listed = job.get("SubJobList")
    parts, all_of_them = _objects(listed), isinstance(listed, list) and len(listed) <= _MOST
    if job.get("Status") != "Finished" or any(part.get("Status") != "Success" for part in parts):
        return None
    named = {part["JobId"]: part for part in parts if _texts(part, "JobId")}
    ids = {"ids of sub-jobs": ", ".join(sorted(named))} if named and all_of_them else {}
    media = {
        f"MediaId of the sub-job {id_}": text for id_, p in named.items() for text in _texts(p, "MediaId").values()
    }
    return {**_texts(job, "CompleteTime"), **ids, **media}


def _texts(value: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Return the members of these names that are texts with something in them, and not too much."""
    return {n: value[n] for n in names if isinstance(value.get(n), str) and 0 < len(value[n]) <= _LONGEST}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value[:_MOST] if isinstance(one, dict)] if isinstance(value, list) else []
