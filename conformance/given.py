"""What is given stays as it is: in a given dataset a run names only what carries its token (design section 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.exchange import Call
from conformance.journal import INDEXING, asked_uris, text_of
from conformance.world import World
from openapi import Contract

_CHANGING = (*INDEXING, "DeleteFileMeta", "BatchDeleteFileMeta")
_WHY = "in the given dataset only what carries the run's token is indexed and removed; it could create none of its own"


@dataclass(frozen=True, slots=True)
class Given:
    """Tells which calls of a run would change files of a dataset that it was given."""

    contract: Contract
    world: World

    def objection(self, call: Call) -> str:
        """Return why a call may not be sent, an empty text if it may.

        What is no URI of a file is refused, and names nobody's.
        """
        if call.operation not in _CHANGING or not self._is_given(call):
            return ""
        strange = (uri for uri in _named(call) if self.world.token not in uri)
        return _WHY if any(map(self._is_uri, strange)) else ""

    def _is_given(self, call: Call) -> bool:
        places = (place for place in (self.world.reads, self.world.writes) if place is not None)
        given = [place.params for place in places if self.world.token not in place.dataset]
        return {name: text_of(call.params.get(name)) for name in ("ProjectName", "DatasetName")} in given

    def _is_uri(self, text: str) -> bool:
        """Return whether a text is the URI of a file, as the index operations take it."""
        return all(re.search(pattern, text) for pattern in _patterns(self.contract))


def _patterns(contract: Contract) -> Iterator[str]:
    """Yield the patterns of the URIs that index operations take."""
    for name in INDEXING:
        operation = contract.operations.get(name)
        for parameter in operation.parameters.values() if operation else ():
            node = (parameter.node.item or parameter.node).members.get("URI")
            if node is not None and "pattern" in node.schema:
                yield str(node.schema["pattern"])


def _named(call: Call) -> Iterator[str]:
    """Yield the URIs of the files that a call indexes or removes."""
    yield from asked_uris(call)
    uris: Any = call.params.get("URIs", call.params.get("URI"))
    yield from (uri for uri in (uris if isinstance(uris, list) else [uris]) if isinstance(uri, str))
