"""The variations that are on in one server, as one."""

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.calls import Answer, Call
from emulator.errors import ErrorStyle
from emulator.http import Response
from emulator.json_text import read_json, write_json
from emulator.limits import Limits, Timings
from emulator.state import Publication
from emulator.variations.model import Variation

if TYPE_CHECKING:
    from emulator.core import Emulator


class Chosen:
    """Variations that are on together, in the order in which they are known.

    Raises ValueError for an id that is not known, and for two variations of one group.
    """

    def __init__(self, ids: Collection[str], known: Mapping[str, Variation]) -> None:
        unknown = sorted(set(ids) - known.keys())
        if unknown:
            raise ValueError(f'expected one of {", ".join(sorted(known))}, found "{unknown[0]}"')
        self._on = tuple(variation for id_, variation in known.items() if id_ in ids)
        _check_groups(self._on)
        self.verifies_signatures = all(variation.verifies_signatures for variation in self._on)
        self.enveloped_messages = any(variation.enveloped_messages for variation in self._on)
        self.layout: dict[str, Any] = {name: value for one in self._on for name, value in one.layout.items()}

    def limits(self, limits: Limits) -> Limits:
        """Return the limits of the server."""
        return replace(limits, **{name: value for one in self._on for name, value in one.limits.items()})

    def timings(self, timings: Timings) -> Timings:
        """Return the timings of the server."""
        return replace(timings, **{name: value for one in self._on for name, value in one.timings.items()})

    def style(self, service: str, style: ErrorStyle) -> ErrorStyle:
        """Return how a service words the faults of parameters."""
        kinds = {kind: word for one in self._on for kind, word in one.styles.get(service, {}).items()}
        return replace(style, **kinds)

    def before(self, call: Call, emulator: "Emulator") -> Call | Answer:
        """Return the call to execute, or the answer to send in the place of any other."""
        for variation in self._on:
            result = variation.before(call, emulator) if variation.before else None
            if isinstance(result, Answer):
                return result
            call = result or call
        return call

    def after(self, call: Call, answer: Answer, emulator: "Emulator") -> Answer:
        """Return the answer to send; what an HTTP server says by itself has no members."""
        if not answer.payload or not any(variation.after for variation in self._on):
            return answer
        answer = replace(answer, payload=copy.deepcopy(answer.payload), headers=dict(answer.headers))
        for variation in self._on:
            answer = variation.after(call, answer, emulator) if variation.after else answer
        return answer

    def send(self, call: Call, response: Response) -> Response:
        """Return what goes out."""
        for variation in self._on:
            response = variation.send(call, response) if variation.send else response
        return response

    def published(self, publications: Iterable[Publication]) -> list[Publication]:
        """Return what is published to topics."""
        return [self._published(publication) for publication in publications]

    def _published(self, publication: Publication) -> Publication:
        for variation in self._on:
            if variation.published is not None:
                publication = replace(publication, text=_changed(publication.text, variation))
        return publication


def _changed(text: str, variation: Variation) -> str:
    """Return a message, which may be in an envelope, as a variation words it."""
    message = read_json(text)
    assert isinstance(message, dict)
    assert variation.published is not None
    if isinstance(content := message.get("content"), str):
        return write_json(message | {"content": _changed(content, variation)})
    return write_json(variation.published(message))


def _check_groups(variations: Iterable[Variation]) -> None:
    taken: dict[str, str] = {}
    for variation in variations:
        for group in variation.groups:
            if group in taken:
                raise ValueError(f'expected one of the group "{group}", found "{taken[group]}" and "{variation.id}"')
            taken[group] = variation.id
