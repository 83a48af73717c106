"""Removing what a run created, and nothing else.

Only what the journal names is touched. What was refused belongs to somebody
else. What was sent without an answer is removed only where the run's mark in
its description, or a parent that is the run's own, confirms it.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from itertools import chain, repeat
from typing import Any

from conformance.exchange import Call, Exchange, Step, Wait
from conformance.journal import CREATING, INDEXING, Entry, Journal, batches, uris_of
from conformance.judge.reaction import Reaction, is_too_long, react, why_unusable
from conformance.polling import waits
from reports.model import NOT_REMOVABLE

_SOON = 10.0
"""For so many seconds a removal is tried again after ever longer pauses; from then on after each of the same."""

_PAUSE = Wait(5.0)
"""What passes between removals that take long: each costs requests that a budget may not have."""

_FOR_GOOD = (Reaction.UNKNOWN_OPERATION, Reaction.AUTHENTICATION)
"""Refusals that no waiting changes."""

Removal = Generator[Step, Any, list[str]]
Place = tuple[str, str]


def clean(journal: Journal, settle_seconds: float = 10.0) -> Removal:
    """Delete bindings, index entries, datasets and projects of a run, each once.

    What is still under way gets `settle_seconds` in all: it goes on together.
    Returns a sentence for each thing that remains.
    """
    entries = _remaining(journal.entries)
    left: list[str] = []
    projects = yield from _own(entries, "CreateProject", journal, frozenset())
    own = frozenset(e.names["ProjectName"] for e in projects)
    datasets = yield from _own(entries, "CreateDataset", journal, own)
    places = {(e.names["ProjectName"], e.names["DatasetName"]) for e in datasets}
    left += yield from _bindings(entries, places)
    files = _files(entries, places, journal)
    left += yield from _delete_files(files, places)
    left += _strange_files(entries, places, journal.token)
    times = _times(settle_seconds)
    for entry in datasets:
        why = _scanned(entry, entries, journal.token)
        left += [f"{kept}{why}" for kept in (yield from _dataset(entry, files, times))]
    for entry in projects:
        left += yield from _project(Call("DeleteProject", {"ProjectName": entry.names["ProjectName"]}), times)
    return list(dict.fromkeys([*left, *_unremovable(entries)]))


def _times(seconds: float) -> Iterator[Wait]:
    """Return waits that add up to about so many seconds."""
    later = max(0.0, seconds - _SOON)
    return chain(waits(min(seconds, _SOON)), repeat(_PAUSE, round(later / _PAUSE.seconds)))


def _remaining(entries: list[Entry]) -> list[Entry]:
    """Return what may be there still; what a dataset held went with it."""
    left = [e for e in entries if e.state in ("sent", "accepted")]
    datasets = [e for e in entries if e.operation == "CreateDataset"]
    there = [e.names for e in datasets if e in left]
    gone = [e.names for e in datasets if e.state == "removed" and e.names not in there]
    return [e for e in left if _place(e) not in gone]


def _place(entry: Entry) -> Mapping[str, Any]:
    return {name: entry.names.get(name) for name in ("ProjectName", "DatasetName")}


def _own(
    entries: list[Entry], operation: str, journal: Journal, parents: frozenset[str]
) -> Generator[Step, Any, list[Entry]]:
    """Return the entries that are certainly the run's own: its token or its mark confirms them."""
    named_by = CREATING[operation][-1]
    found: list[Entry] = []
    for entry in entries:
        if entry.operation != operation or "ProjectName" not in entry.names:
            continue
        if operation == "CreateDataset" and "DatasetName" not in entry.names:
            continue
        if any(entry.names == other.names for other in found):
            continue
        made = entry.state == "accepted" and journal.token in entry.names[named_by]
        if made or entry.names["ProjectName"] in parents or (yield from _marked(entry, journal.mark)):
            found.append(entry)
    return found


def _marked(entry: Entry, mark: str) -> Generator[Step, Any, bool]:
    operation = entry.operation.replace("Create", "Get")
    seen: Exchange = yield Call(operation, entry.names)
    described = seen.value.get(entry.operation.removeprefix("Create"))
    return isinstance(described, dict) and mark in str(described.get("Description", ""))


def _bindings(entries: list[Entry], places: set[Place]) -> Removal:
    left: list[str] = []
    seen: list[Mapping[str, Any]] = []
    for entry in entries:
        if entry.operation != "CreateBinding" or len(entry.names) < 3 or entry.names in seen:
            continue
        place = (entry.names["ProjectName"], entry.names["DatasetName"])
        if entry.state == "accepted" or place in places:
            seen.append(entry.names)
            left += yield from _delete(Call("DeleteBinding", entry.names))
    return left


def _files(entries: list[Entry], places: set[Place], journal: Journal) -> dict[Place, list[str]]:
    """Return the URIs to remove by place.

    In the run's own datasets all that an index call named, and what a
    binding had scanned, which stays without it; elsewhere only those that
    carry the run's token.
    """
    found: dict[Place, dict[str, None]] = {}
    for entry in entries:
        if entry.operation not in INDEXING or "DatasetName" not in entry.names:
            continue
        place = (entry.names.get("ProjectName", ""), entry.names["DatasetName"])
        uris = [u for u in uris_of(entry) if place in places or journal.token in u]
        found.setdefault(place, {}).update(dict.fromkeys(uris))
    for entry in journal.entries:
        place = (entry.names.get("ProjectName", ""), entry.names.get("DatasetName", ""))
        if entry.state != "refused" and place in places and (scanned := journal.scanned(entry)):
            found.setdefault(place, {}).update(dict.fromkeys(scanned))
    return {place: list(uris) for place, uris in found.items()}


def _strange_files(entries: list[Entry], places: set[Place], token: str) -> Iterator[str]:
    """Yield what was indexed in a dataset that is not the run's own without its token, though it had to be refused."""
    for entry in entries:
        place = (entry.names.get("ProjectName", ""), entry.names.get("DatasetName", ""))
        if entry.operation in INDEXING and entry.state == "accepted" and place not in places:
            for uri in (u for u in uris_of(entry) if token not in u):
                yield f"the index entry {uri} in {'/'.join(place)} may remain: it does not carry the token of the run"


def _scanned(dataset: Entry, entries: list[Entry], token: str) -> str:
    """Return what may have filled a dataset beside the run: the scan of a bucket with objects of somebody else."""
    bound = [e for e in entries if e.operation == "CreateBinding" and e.state in ("accepted", "removed")]
    uris = [str(e.names.get("URI")) for e in bound if _place(e) == _place(dataset)]
    foreign = next((uri for uri in uris if token not in uri), "")
    return f"; a scan of {foreign} may have indexed objects that no fixture names" if foreign else ""


def _delete_files(files: dict[Place, list[str]], places: Collection[Place]) -> Removal:
    """Delete files by place; what is not in one of the run's own `places`, which go as a whole, may remain."""
    left: list[str] = []
    for place, uris in files.items():
        names = dict(zip(("ProjectName", "DatasetName"), place, strict=True))
        kept: dict[str, str] = {}
        for some in batches(uris):
            kept |= yield from _delete_some(names, some)
        if kept and place not in places:
            uri, why = next(iter(kept.items()))
            left.append(f"{len(kept)} index entries in {'/'.join(place)} remain, such as {uri}: {why}")
    return left


def _delete_some(names: dict[str, str], uris: list[str]) -> Generator[Step, Any, dict[str, str]]:
    """Delete files in one call; where a single URI lets all be refused, in ever smaller ones.

    Returns those that remain, each with the reason.
    """
    made: Exchange = yield Call("BatchDeleteFileMeta", {**names, "URIs": uris})
    reaction = react(made)
    if reaction is Reaction.UNKNOWN_OPERATION:
        return (yield from _delete_each(names, uris))
    if (reaction is Reaction.REFUSED or is_too_long(made)) and len(uris) > 1:
        middle = len(uris) // 2
        first = yield from _delete_some(names, uris[:middle])
        return first | (yield from _delete_some(names, uris[middle:]))
    return dict.fromkeys(uris, why_unusable(made)) if _left(made) else {}


def _delete_each(names: dict[str, str], uris: list[str]) -> Generator[Step, Any, dict[str, str]]:
    """Delete files one by one, as far as the target knows how to."""
    kept: dict[str, str] = {}
    for number, uri in enumerate(uris):
        made: Exchange = yield Call("DeleteFileMeta", {**names, "URI": uri})
        if react(made) is Reaction.UNKNOWN_OPERATION:
            return kept | dict.fromkeys(uris[number:], why_unusable(made))
        kept |= {uri: why_unusable(made)} if _left(made) else {}
    return kept


def _dataset(entry: Entry, files: dict[Place, list[str]], times: Iterator[Wait]) -> Removal:
    """Delete a dataset; indexing that is still under way may fill it again, for as long as there are `times`."""
    call = Call("DeleteDataset", entry.names)
    place = (entry.names["ProjectName"], entry.names["DatasetName"])
    made: Exchange = yield call
    while made.answer is not None and _left(made) and react(made) not in _FOR_GOOD and (wait := next(times, None)):
        yield wait
        yield from _delete_files({place: files.get(place, [])}, (place,))
        made = yield call
    return _left(made)


def _project(call: Call, times: Iterator[Wait]) -> Removal:
    """Delete a project; its last dataset may be known for a while, for as long as there are `times`."""
    made: Exchange = yield call
    while made.answer is not None and made.answer.code == "StatusConflict" and (wait := next(times, None)):
        yield wait
        made = yield call
    return _left(made)


def _delete(call: Call) -> Removal:
    made: Exchange = yield call
    return _left(made)


def _left(made: Exchange) -> list[str]:
    """Return a sentence for what a removal has not removed."""
    if made.accepted or react(made) is Reaction.NOT_FOUND:
        return []
    names = ", ".join(str(v) for v in made.call.params.values())
    return [f"{names} remains: {why_unusable(made)}"]


def _unremovable(entries: list[Entry]) -> Iterator[str]:
    kinds = {
        "CreateFileCompressionTask": "task",
        "UploadMediaByURL": "upload job",
        "SubmitBatchMediaProducingJob": "batch job",
    }
    for entry in entries:
        if entry.operation in kinds and entry.state == "accepted":
            yield f"{kinds[entry.operation]} {entry.id} remains: {NOT_REMOVABLE}"
