"""Files that the run gave a target to index, and that nobody has seen there yet.

No document says how many files a service indexes at once, nor in which order.
One that takes them one after the other is behind by as much as the run is ahead,
so that a file may be late although its turn has not come yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.exchange import Call, Exchange
from conformance.journal import INDEXING, asked_uris, batches
from conformance.provisioning.files import visible

MOST_SECONDS = 60.0
"""A wait is made longer by no more than this; what is missing then, while other files still appear, is in doubt."""

LOOK_PAUSES = (1.0, 1.5, 2.0, 3.0, 5.0)
"""Seconds between looks at what is left; from then on the last."""

_USUAL_FILES = 1000
"""About as many files are indexed by a run of the profile `standard`."""

_FEWEST = 5
"""So many files that were asked for at once tell how long one takes."""

_READ = "BatchGetFileMeta"
_Dataset = tuple[str, str]


@dataclass(slots=True)
class Backlog:
    """The files that were asked for and have not appeared.

    For `no_progress` seconds at least none may appear until all are taken for
    lost. `waited` is how long the run has waited so far: its only clock, so
    that a log that is judged again has the same. `each` are the seconds that
    one of the first files took, as if they had been taken one after the other;
    None as long as that is not known.
    """

    no_progress: float = 10.0
    waited: float = 0.0
    each: float | None = None
    _unseen: dict[_Dataset, dict[str, None]] = field(default_factory=dict)
    _first: set[str] = field(default_factory=set)
    _begun: float = 0.0
    _count: int = 0
    _seen: bool = False
    _given_up: bool = False

    @property
    def missing(self) -> int:
        """How many files have not appeared."""
        return sum(map(len, self._unseen.values()))

    @property
    def in_vain(self) -> bool:
        """Whether files were taken for lost, and no object was ever seen: only those that exist may count."""
        return self._given_up and not self._seen

    @property
    def longest_idle(self) -> float:
        """For how many seconds none may appear: files of one call may all appear at its end."""
        if self.in_vain:
            return 0.0
        return self.no_progress + self.missing * (self.each or 0.0)

    def is_short(self, seconds: float) -> bool:
        """Return whether all that a run indexes is done in so many seconds, as far as the first files tell."""
        return self.each is not None and self.each * _USUAL_FILES <= seconds

    def looks(self) -> list[Call]:
        """Return calls that look for all of the files that have not appeared."""
        return [
            Call(_READ, {"ProjectName": project, "DatasetName": dataset, "URIs": uris})
            for (project, dataset), files in self._unseen.items()
            for uris in batches(files)
        ]

    def give_up(self) -> None:
        """Take all files for lost that have not appeared."""
        self._unseen.clear()
        self._given_up = True

    def saw(self, exchange: Exchange) -> None:
        """Note files that were asked for, those that are there, and those that are to be there no more."""
        call = exchange.call
        if not exchange.accepted:
            return
        dataset = str(call.params.get("ProjectName")), str(call.params.get("DatasetName"))
        if call.operation in INDEXING:
            self._add(dataset, asked_uris(call))
        elif call.operation == "DeleteDataset":
            self._unseen.pop(dataset, None)
        elif files := self._unseen.get(dataset):
            settled = _settled(exchange)
            found = settled & files.keys()
            self._seen = self._seen or (call.operation == _READ and any(uri.startswith("oss://") for uri in found))
            for uri in found:
                del files[uri]
            self._learn(settled)

    def _add(self, dataset: _Dataset, uris: list[str]) -> None:
        self._unseen.setdefault(dataset, {}).update(dict.fromkeys(uris))
        if not self._count and len(uris) >= _FEWEST:
            self._begun, self._first, self._count = self.waited, set(uris), len(uris)

    def _learn(self, uris: set[str]) -> None:
        """Learn from the first files, once all of them have appeared, how long one takes."""
        if self._first:
            self._first -= uris
            self.each = None if self._first else (self.waited - self._begun) / self._count


def _settled(exchange: Exchange) -> set[str]:
    """Return the URIs that an answer shows, or that a call has removed."""
    call = exchange.call
    if call.operation == _READ:
        return visible(exchange)
    if call.operation in ("DeleteFileMeta", "BatchDeleteFileMeta"):
        given = call.params.get("URIs", [call.params.get("URI")])
        return {uri for uri in given if isinstance(uri, str)} if isinstance(given, list) else set()
    return set()
