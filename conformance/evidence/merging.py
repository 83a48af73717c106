"""Joining the logs of shards into one run, judged anew from the joined lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.evidence.encoding import settings_from_json, target_from_json
from conformance.evidence.playback import DisagreesError
from conformance.evidence.rejudging import judging_again, replay
from conformance.evidence.runrecord import footer_of, header_of
from conformance.evidence.verifying import UnverifiableError, verify_folder
from conformance.gathering import Ending, Gathered
from conformance.kit import Kit
from reports.renderings import write_folder
from reports.runlog import NAME, LogError, LogWriter, RunLog, canonical

_SHARED = ("schema", "kit", "software", "target", "profile", "seed")


class UnmergeableError(Exception):
    """Folders do not hold the parts of one run; the text says why."""


def merge_folders(folders: Sequence[Path], out: Path, contract: str | None = None) -> dict[str, Any]:
    """Join the runs in `folders`, the shards of one run, and return the report of the whole.

    Log and reports are written into `out`, which `conformance verify` accepts. Raises UnmergeableError if `verify`
    would not accept a shard, if they are of different targets, contracts or settings, if one is missing, broken off
    or there twice, or if judging their lines again as one run gives something else.
    """
    parts = _checked({folder: _verified(folder, contract) for folder in folders})
    try:
        with judging_again():
            header, report, footer = _joined(parts, contract)
    except DisagreesError as error:
        msg = f"judging the shards again as one run failed: {error}"
        raise UnmergeableError(msg) from None
    _write(out, parts, header, report, footer)
    return report


def _verified(folder: Path, contract: str | None) -> RunLog:
    """Return the log in a folder. Raises UnmergeableError unless it is that of a whole run, judged again."""
    try:
        found = verify_folder(folder, contract)
    except UnverifiableError as error:
        msg = f"'{folder}' cannot be judged again: {error}"
        raise UnmergeableError(msg) from None
    if found.log is not None and not found.complete:
        msg = f"the run in '{folder}' did not come to its end"
        raise UnmergeableError(msg)
    if found.log is None or found.objections:
        msg = f"'{folder}' is not what a run wrote: {found.objections[0]}"
        raise UnmergeableError(msg)
    return found.log


def _checked(logs: Mapping[Path, RunLog]) -> list[RunLog]:
    """Return the shards in their order. Raises UnmergeableError unless they make one run."""
    places: dict[int, Path] = {}
    first, one = next(iter(logs.items()))
    count = _shard(one)[1]
    for folder, log in logs.items():
        for name, ours, theirs in _differences(one.header, log.header):
            msg = f"'{folder}' is of another run than '{first}': {name} is {theirs} instead of {ours}"
            raise UnmergeableError(msg)
        number, parts = _shard(log)
        if parts != count or number > count:
            msg = f"'{folder}' is shard {number}/{parts}, and '{first}' is one of {count}"
            raise UnmergeableError(msg)
        if number in places:
            msg = f"'{folder}' and '{places[number]}' are both shard {number}/{count}"
            raise UnmergeableError(msg)
        places[number] = folder
    missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in places]
    if missing:
        msg = f"the shard {missing[0]} is missing; expected all {count}"
        raise UnmergeableError(msg)
    return [logs[places[number]] for number in sorted(places)]


def _shard(log: RunLog) -> tuple[int, int]:
    number, parts = log.header["settings"]["shard"]
    return int(number), int(parts)


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Yield what two headers say differently although they are of one run."""
    settings = [{k: v for k, v in h["settings"].items() if k != "shard"} for h in (one, other)]
    pairs: list[tuple[str, Any, Any]] = [
        *((name, one[name], other[name]) for name in _SHARED),
        ("settings", settings[0], settings[1]),
    ]
    for name, ours, theirs in pairs:
        if canonical(ours) != canonical(theirs):
            yield name, canonical(ours)[:200], canonical(theirs)[:200]


def _check_plan(whole: Kit, parts: Sequence[RunLog]) -> None:
    """Raise DisagreesError unless each case of the whole run was planned in one shard."""
    planned = [case for log in parts for case in log.header["plan"]["cases"]]
    expected = {case.id for case in whole.plan.cases}
    twice = sorted({case for case in planned if planned.count(case) > 1}) if len(set(planned)) < len(planned) else []
    lost = sorted(expected.symmetric_difference(planned))
    if twice or lost:
        case = (twice or lost)[0]
        msg = f"the case '{case}' is {'in two shards' if twice else 'not where the split of the run puts it'}"
        raise DisagreesError(msg)


def _joined(parts: Sequence[RunLog], contract: str | None) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return header, report and footer of the whole run. Raises DisagreesError if the shards do not give one."""
    header = parts[0].header
    settings = replace(settings_from_json(header["settings"], contract), shard=(1, 1))
    target = target_from_json(header["target"])
    whole = Kit(settings, target=target)
    _check_plan(whole, parts)
    seen = Gathered(left_out=dict(whole.plan.left_out))
    for lines in (lines for log in parts for lines in log.parts.values()):
        if not replay(lines, settings, target, seen):
            msg = f"the lines of part '{lines[0]['part']}' end in the middle of a case"
            raise DisagreesError(msg)
    ending = _ending(parts)
    report = seen.report(whole, ending)
    return header_of(whole, ending.started), report, footer_of(report, seen, ending)


def _ending(parts: Sequence[RunLog]) -> Ending:
    footers = [log.footer for log in parts if log.footer]
    return Ending(
        started=min(str(log.header["started"]) for log in parts),
        finished=max(str(f["finished"]) for f in footers),
        wall_seconds=max(float(f["wall_seconds"]) for f in footers),
        workers=sum(int(f["workers"]) for f in footers),
    )


def _write(
    out: Path,
    parts: Sequence[RunLog],
    header: Mapping[str, Any],
    report: Mapping[str, Any],
    footer: Mapping[str, Any],
) -> None:
    """Write the joined log and the reports. Raises UnmergeableError if that is not possible."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        writer = LogWriter(out / NAME)
        writer.append("header", header)
        for log in parts:
            number = _shard(log)[0]
            named = ({**line, "part": f"{number}-{line['part']}"} for lines in log.parts.values() for line in lines)
            writer.extend(named)
        writer.append("footer", footer)
        writer.close()
        write_folder(report, out)
    except LogError as error:
        raise UnmergeableError(str(error)) from None
    except OSError as error:
        msg = f"--report '{out}' cannot be written: {error.strerror}"
        raise UnmergeableError(msg) from None
