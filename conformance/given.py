"""What is given stays as it is: in a given dataset a run names only what carries its token (design section 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.exchange import Call
from conformance.journal import INDEXING, asked_uris, text_of
from conformance.world import World
from openapi import Contract

_OF_FILES = (*INDEXING, "DeleteFileMeta", "BatchDeleteFileMeta")
_OF_BUCKETS = ("CreateBinding", "DeleteBinding")
_NONE_OF_ITS_OWN = "it could create none of its own"
_WHY = f"in the given dataset only what carries the run's token is indexed and removed; {_NONE_OF_ITS_OWN}"
_WHY_BOUND = "a binding that the given dataset had before the run is not removed"
_WHY_UNBOUND = f"to the given dataset only buckets with the run's token and the given one are bound; {_NONE_OF_ITS_OWN}"


@dataclass(frozen=True, slots=True)
class Given:
    """Tells which calls of a run would change a dataset that it was given.

    `is_foreign` says of a call whether it is about a binding that is not the run's own.
    """

    contract: Contract
    world: World
    is_foreign: Callable[[Call], bool]

    def objection(self, call: Call) -> str:
        """Return why a call may not be sent, an empty text if it may.

        What is no URI of a file, or of a bucket, is refused, and names nobody's: it is sent unless what a lax target
        made of it would stay.
        """
        if call.operation not in (*_OF_FILES, *_OF_BUCKETS) or not self._is_given(call):
            return ""
        if call.operation == "DeleteBinding" and self.is_foreign(call):
            return _WHY_BOUND
        named = self._named(call)
        stays = self.world.irremovable.get(call.operation, "")
        if stays and not self.is_foreign(call) and (named or call.operation in self.world.unsendable):
            return stays
        binds = call.operation in _OF_BUCKETS
        bound = f"oss://{self.world.bucket}" if binds and self.world.given_bucket else ""
        strange = any(self.world.token not in uri and uri != bound for uri in named)
        return (_WHY_UNBOUND if binds else _WHY) if strange else ""

    def _named(self, call: Call) -> list[str]:
        """Return the URIs that a call names and that break no rule."""
        operations = ("CreateBinding",) if call.operation in _OF_BUCKETS else INDEXING
        patterns = _patterns(self.contract, operations)
        return [uri for uri in _uris(call) if all(re.search(pattern, uri) for pattern in patterns)]

    def _is_given(self, call: Call) -> bool:
        places = (place for place in (self.world.reads, self.world.writes) if place is not None)
        given = [place.params for place in places if self.world.token not in place.dataset]
        return {name: text_of(call.params.get(name)) for name in ("ProjectName", "DatasetName")} in given


def _patterns(contract: Contract, operations: Iterable[str]) -> list[str]:
    """Return the patterns of the URIs that operations take, of files or of buckets."""
    taken = [contract.operations[name] for name in operations if name in contract.operations]
    nodes = [
        parameter.node.item or parameter.node for operation in taken for parameter in operation.parameters.values()
    ]
    uris = [operation.parameters["URI"].node for operation in taken if "URI" in operation.parameters]
    uris += [node.members["URI"] for node in nodes if "URI" in node.members]
    return [str(node.schema["pattern"]) for node in uris if "pattern" in node.schema]


def _uris(call: Call) -> Iterator[str]:
    """Yield the URIs of the files or of the bucket that a call is about."""
    yield from asked_uris(call)
    uris: Any = call.params.get("URIs", call.params.get("URI"))
    yield from (text_of(uri) for uri in (uris if isinstance(uris, list) else [uris]) if uri is not None)
