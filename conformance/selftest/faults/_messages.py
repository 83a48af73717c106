"""What the faults of messages share: hooks that change messages, pushes and a queue's answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from conformance.selftest.planting import Hooks, plant
from emulator import Emulator, Publication

Message = dict[str, Any]
Change = Callable[[Message], Any]

OPERATIONS = ("IndexFileMeta", "BatchIndexFileMeta")


def text_changed(publication: Publication, message: Any) -> Publication:
    """Return the publication with another message."""
    return replace(publication, text=json.dumps(message, ensure_ascii=False))


def changing(change: Change, *operations: str) -> Hooks:
    """Return hooks that publish what `change` makes of each message of `operations`."""

    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        if publication.operation in (operations or OPERATIONS):
            publication = text_changed(publication, change(json.loads(publication.text)))
        yield publication

    return Hooks(published=published)


def message_fault(id_: str, slug: str, description: str, change: Change) -> None:
    """Plant a fault of `Notifications/behavior/<slug>`, in the messages of both operations."""
    plant(id_, f"Notifications/behavior/{slug}", description)(lambda: changing(change))


def single_fault(id_: str, slug: str, description: str, change: Change) -> None:
    """Plant a fault of `IndexFileMeta/behavior/<slug>`, in its messages only."""
    plant(id_, f"IndexFileMeta/behavior/{slug}", description)(lambda: changing(change, "IndexFileMeta"))


def batch_fault(id_: str, slug: str, description: str, change: Change) -> None:
    """Plant a fault of `BatchIndexFileMeta/behavior/<slug>`, in its messages only."""
    plant(id_, f"BatchIndexFileMeta/behavior/{slug}", description)(lambda: changing(change, "BatchIndexFileMeta"))


def each_file(change: Callable[[Message], Message]) -> Change:
    """Return a change of every entry of Files."""

    def changed(message: Message) -> Message:
        return message | {"Files": [change(dict(entry)) for entry in message["Files"]]}

    return changed


def files(change: Callable[[list[Message]], list[Message]]) -> Change:
    """Return a change of Files as a whole."""
    return lambda message: message | {"Files": change(message["Files"])}


def member(name: str, change: Callable[[Any], Any]) -> Change:
    """Return a change of one member, where it is."""
    return lambda message: message | ({name: change(message[name])} if name in message else {})
