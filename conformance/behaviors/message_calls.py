"""Index calls made to see their messages: what is told, and when (facts mns.md 4, imm.md 8.4)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from conformance.behaviors._index_calls import (
    BATCH,
    BOTH,
    MOST_FILES,
    SINGLE,
    USER_DATA_BYTES,
    Indexing,
    forget,
    makes_up,
    subjects,
)
from conformance.behaviors._lookups import by_uri, in_a_query, look_up
from conformance.behaviors.message_errors import Told, compared
from conformance.behaviors.messages import NOTIFICATIONS
from conformance.behaviors.own import Own
from conformance.behaviors.pds_files import object_behind, pds_file
from conformance.checks.registry import check, conforms, violates
from conformance.exchange import Exchange, Flow, Inconclusive, Listen, Step, Verdict
from conformance.judge.reaction import why_unusable
from conformance.notifications.linking import uris_of
from conformance.world import SLOW, BlockedError, World

_FEW_BYTES = 200
_FILLERS = "片x"
"""What makes the first UserData of few characters and the next one of many."""
_MANY = 30
_LONG = 300
_FOLDER = "folder-of-a-long-name" * 6
"""What makes the message about a hundred files longer than 16 KB."""
_NAMES = ("a b&c<d>.jpg", "照片/ß.png", "100%25+1.mp4", "it's;(1).mp3", '"q".pdf', "x_1/y-2/z~3.zip")
_LABELS: Sequence[dict[str, str]] = (
    {"Category": "Persons", "none": ""},
    {},
    {"日期": "é片\N{CAT FACE}", "a.b": "0", "a b": "<&>\"'\\", "flag": "true", "nil": "null", "digits": "007"},
    {"Category": "Pets", "Animal": "Cat", " padded ": " x ", "lines": "a\nb", "apart": "e\N{COMBINING ACUTE ACCENT}"},
)

_IN_PDS = {BATCH.name: 8, SINGLE.name: 9}
"""A revision for each operation, so that neither indexes what the other removes."""

_OF_BOTH = (
    "message-envelope",
    "message-files-one-each",
    "message-labels",
    "message-error-empty",
    "message-error-set",
    "message-error-decides",
    "message-time-order",
    "message-user-data",
)
_OF_MESSAGES = (
    "message-json",
    "message-project-and-dataset",
    "message-success-meaning",
    "message-text",
    "message-file-error-code",
    "message-user-data",
    "message-after-answer",
    "named-topic",
)


def _settled_by(indexing: Indexing) -> Iterator[str]:
    """Yield the ids that the messages of an operation settle, beside `message-published`."""
    yield from map(indexing.requirement, _OF_BOTH)
    yield from (f"{NOTIFICATIONS}/{slug}" for slug in _OF_MESSAGES)
    if indexing.takes_many:
        yield indexing.requirement("message-files-order")


def user_data(world: World, name: str, size: int, filler: str = "片") -> str:
    """Return UserData of exactly `size` bytes: run and call, characters of all widths, blanks at its ends.

    What it is filled up with decides how many characters that is.
    """
    head, tail = f' {{"run":"{world.token}",\r\n"call":"{name}","k":"é片\N{CAT FACE}<&> 1+1 %41 \\\\ ', '"} \n'
    room, each = size - len((head + tail).encode()), len(filler.encode())
    return f"{head}{filler * (room // each)}{'x' * (room % each)}{tail}"


def _digits(world: World) -> str:
    """Return UserData that is a number to look at, and more than one holds."""
    return f"00{int(world.token, 16):020d}"


def notified(world: World) -> dict[str, Any]:
    """Return the parameter that asks for a message in the topic that the kit hears."""
    return {"Notification": {"MNS": {"TopicName": world.topic}}}


def _existing(world: World, folder: str, names: Sequence[str]) -> list[str]:
    """Return objects that exist as far as is known; where none is, their failure is told as well."""
    try:
        return subjects(world, folder, names)
    except BlockedError:
        return [world.uri(f"{folder}/{name}") for name in names]


def _inputs(indexing: Indexing, world: World) -> list[list[dict[str, Any]]]:
    """Return the files of each call: with labels and without, many in no order where there can be, some twice."""
    folder = f"messages/{indexing.name}"
    uris = _existing(world, folder, _NAMES)
    named = [_labelled(uri, _LABELS[i % len(_LABELS)]) for i, uri in enumerate(uris)]
    plain = [{"URI": world.uri(f"{folder}/plain.jpg")}]
    if not indexing.takes_many:
        return [[named[0]], [named[2 % len(named)]], plain, plain]
    many = [_labelled(world.uri(f"{folder}/{n}.jpg"), {"n": str(n)}) for n in reversed(range(_MANY))]
    fresh = {"URI": world.uri(f"{folder}/fresh.jpg")}
    return [[*many, *named], plain, plain, [fresh, *many[:2], *named[:1]]]


def _labelled(uri: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"URI": uri, **({"CustomLabels": labels} if labels else {})}


def _taken(own: Own, indexing: Indexing, inputs: list[dict[str, Any]], *texts: str) -> Generator[Step, Any, Exchange]:
    """Have files indexed, with the first of `texts` as UserData that is taken; an empty one stands for none.

    Raises Inconclusive if the call is refused.
    """
    world = own.world
    made: Exchange | None = None
    forget(own, world.writing, uris_of(inputs))
    for text in texts:
        given = {"UserData": text} if text else {}
        made = yield indexing.call(world.writing, inputs, **notified(world), **given)
        if made.accepted:
            return made
    assert made is not None
    known = [entry for entry in inputs if entry["URI"] in world.given_objects]
    if known and len(known) < len(inputs):
        return (yield from _taken(own, indexing, known, *texts))
    raise Inconclusive(why_unusable(made))


def _messages(indexing: Indexing, world: World) -> Flow:
    """Index files of every sort, and hear what is told of them."""
    own = Own(world)
    yield from own.tidied(_heard(own, indexing))


def _heard(own: Own, indexing: Indexing) -> Flow:
    yield from indexing.control(own.world)
    calls: list[Exchange] = []
    bare = iter(("", _digits(own.world), "0"))
    for number, inputs in enumerate(_inputs(indexing, own.world)):
        if inputs[0].get("CustomLabels"):
            name, filler = f"{indexing.name} {number}", _FILLERS[number % 2]
            texts = [user_data(own.world, name, size, filler) for size in (USER_DATA_BYTES, _FEW_BYTES)]
        else:  # UserData tells the message about files that are indexed twice from the first one
            texts = [next(bare)]
        try:
            calls.append((yield from _taken(own, indexing, inputs, *texts)))
        except Inconclusive:
            if not (calls and own.world.given_objects):
                raise
    failing = [*(yield from _of_pds(own, indexing)), *(yield from _failing(own, indexing))]
    told: list[Told] = []
    for call in [*calls, *failing]:
        notices = yield Listen(call, own.world.settle_seconds)
        if not notices and not told:
            notices = yield Listen(call, (SLOW - 1) * own.world.settle_seconds)
        told.append(Told(call, notices))
        yield _arrived(indexing, told[-1], own.world)
    if not any(t.notices for t in told):
        raise Inconclusive("no message came")
    yield from compared(indexing, told, own.world)
    yield from _most(own, indexing)


def _of_pds(own: Own, indexing: Indexing) -> Generator[Step, Any, list[Exchange]]:
    """Index a file of PDS, where objects that the kit makes up count; nothing if it is refused."""
    world = own.world
    if not makes_up(world):
        return []
    labels = {"long": "x" * _LONG}
    inputs = [{**pds_file(_IN_PDS[indexing.name], OSSURI=object_behind(world)), "CustomLabels": labels}]
    forget(own, world.writing, uris_of(inputs))
    text = user_data(world, f"{indexing.name} pds", 120)
    made = yield indexing.call(world.writing, inputs, **notified(world), UserData=text)
    return [made] if made.accepted else []


def _most(own: Own, indexing: Indexing) -> Flow:
    """Index as many files as a call may have, where objects that the kit makes up count; every message is judged.

    That none comes is, once they are indexed: how long so many files take no source says.
    """
    world = own.world
    if indexing.takes_many and makes_up(world):
        inputs = [{"URI": world.uri(f"messages/{_FOLDER}/{number}")} for number in range(MOST_FILES)]
        forget(own, world.writing, uris_of(inputs))
        made: Exchange = yield indexing.call(world.writing, inputs, **notified(world))
        if made.accepted and not (yield Listen(made, world.settle_seconds)):
            yield from _untold(indexing, made, world)


def _untold(indexing: Indexing, made: Exchange, world: World) -> Flow:
    """Judge that no message came about files of which as many as a look-up may name are indexed."""
    some = in_a_query(uris_of(made.call.params["Files"]))
    seen: Exchange = yield look_up(world.writing, some)
    if by_uri(seen).keys() >= set(some):
        late = yield Listen(made, world.settle_seconds)
        yield _arrived(indexing, Told(made, late), world)


def _failing(own: Own, indexing: Indexing) -> Generator[Step, Any, list[Exchange]]:
    """Index an object that is known to be missing, alone and, where there can be others, among them; or nothing."""
    world = own.world
    if not world.missing_uris:
        return []
    missing = {"URI": world.missing_uris[-1], "CustomLabels": {"state": "missing"}}
    folder = f"messages/{indexing.name}"
    good = [{"URI": world.uri(f"{folder}/{name}.jpg")} for name in ("before", "after")]
    groups: list[list[dict[str, Any]]] = [[missing]]
    if indexing.takes_many:
        groups.append([good[0], missing, good[1]])
    calls: list[Exchange] = []
    for inputs in groups:
        text = user_data(world, f"{indexing.name} missing of {len(inputs)}", 120)
        with suppress(BlockedError):  # in a dataset that is given it may be somebody's
            calls.append((yield indexing.call(world.writing, inputs, **notified(world), UserData=text)))
            forget(own, world.writing, uris_of(inputs))
    return [made for made in calls if made.accepted]


def _arrived(indexing: Indexing, told: Told, world: World) -> Verdict:
    requirement = indexing.requirement("message-published")
    if told.notices:
        return conforms(requirement, told.call)
    return violates(
        requirement,
        expected=f"a message about the call in the topic '{world.topic}' within {world.settle_seconds:g} s",
        observed="none came; if messages take longer, raise [limits] settle_seconds",
        exchange=told.call,
    )


for _indexing in BOTH:
    check(
        _indexing.requirement("message-published"),
        *_settled_by(_indexing),
        tier="create-and-clean",
        channel="any",
    )(partial(_messages, _indexing))
