"""Text that is not ASCII, on its way to the target and back (RPC-UTF8, RPC-ARRAY-JSON)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

from conformance.checks.probing import accepted, settled, shaped
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Steps, Verdict
from conformance.journal import INDEXING
from conformance.judge.reaction import why_unusable
from conformance.polling import insist, until
from conformance.provisioning.files import visible
from conformance.world import BlockedError, World, base_params
from strategies import RawText

UTF_8 = "Gateway/behavior/utf-8"
SPELLING = "Gateway/behavior/json-spelling"
BLANKS = "Gateway/behavior/blank-as-plus"
TEXT = "照片 e\u0301\u00e9 \u0634 \U0001f600 %41"
"""Characters of two, three and four bytes, one character in two spellings, and what looks like an escape."""


@check(UTF_8, SPELLING, BLANKS)
def utf_8(world: World) -> Flow:
    """Look at an echoed id, and at a file with its id and labels; which of them depends on what is claimed."""
    stores = "BatchGetFileMeta" in world.operations and world.writes is not None and _index_operation(world)
    if not stores and "GetUrlUploadInfos" not in world.operations:
        msg = "the run may create no file to name in characters that are not ASCII"
        raise BlockedError(msg)
    if "GetUrlUploadInfos" in world.operations:
        yield from _echoed()
    if stores:
        yield from _stored(world, stores)


def _index_operation(world: World) -> str:
    return next((n for n in INDEXING if n in world.operations), "")


def _echoed() -> Flow:
    """Ask for a job of that name: an unknown id is listed as it was given (ICE-GUUI-NONEXIST-JOBID)."""
    exchange: Exchange = yield Call("GetUrlUploadInfos", {"JobIds": [TEXT]})
    shown = _listed(exchange)
    if not shown:
        return
    yield expect(UTF_8, TEXT in shown, expected=repr(TEXT), observed=f"{shown!r} in NonExists", exchange=exchange)
    if TEXT in shown:
        yield from _with_plus(exchange)


def _listed(exchange: Exchange) -> str:
    """Return what NonExists holds, an empty text if that is not texts."""
    listed = exchange.value.get("NonExists")
    if not exchange.accepted or not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        return ""
    return " ".join(listed)


def _with_plus(twin: Exchange) -> Flow:
    """Ask again with every blank as a plus, which is how two SDKs write it (RPC-V3-QUERY-ENCODINGS)."""
    again: Exchange = yield shaped(twin.call, spelling="plus")
    shown = _listed(again)
    if shown:
        observed = f"{shown!r} in NonExists"
        yield expect(BLANKS, TEXT in shown, expected=repr(TEXT), observed=observed, exchange=again, control=twin)
    else:
        yield Verdict(BLANKS, "inconclusive", observed=why_unusable(again))


def _stored(world: World, operation: str) -> Flow:
    """Index a file of that name beside one with a plain name, and read it."""
    place = world.writing
    twin: Exchange = yield Call(operation, base_params(operation, world), reuse=True)
    plain = {"URI": world.uri("utf-8/plain.jpg")}
    file = {"URI": world.uri(f"utf-8/{TEXT}.jpg"), "CustomId": f"id {TEXT}", "CustomLabels": {"label": f"{TEXT} %41+ü"}}
    beside: Exchange = yield Call(operation, {**place.params, **_as_input(operation, plain)})
    if twin.accepted and not beside.accepted:
        raise BlockedError(f"no object that the run makes up can be indexed: {why_unusable(beside)}")
    made: Exchange = yield Call(operation, {**place.params, **_as_input(operation, file)})
    if not made.accepted:
        yield accepted(UTF_8, made, twin, f"a file named {TEXT!r} is accepted")
        return
    uris = [plain["URI"], str(file["URI"])]
    read = Call("BatchGetFileMeta", {**place.params, "URIs": uris})
    seen: Exchange = yield from until(read, lambda e: visible(e) >= set(uris), world.settle_seconds)
    if world.given_bucket and uris[0] not in visible(seen):
        yield from _removed(read)
        raise BlockedError(f"no object that the run makes up became visible: {why_unusable(seen)}")
    yield from settled(_back(seen, file, uris))
    if uris[1] in visible(seen):
        for ask in (_escaped, _found_with_plus, _found_by_get):
            yield from ask(read, uris, seen)
    yield from _removed(read)


def _as_input(operation: str, file: dict[str, Any]) -> dict[str, Any]:
    return {"File": file} if operation == "IndexFileMeta" else {"Files": [file]}


def _back(seen: Exchange, file: dict[str, Any], uris: list[str]) -> Iterator[Verdict]:
    """Judge what came back; labels that are not kept at all are another matter."""
    if uris[0] not in visible(seen):
        why = f"a file with a plain name did not become visible: {why_unusable(seen)}"
        yield Verdict(UTF_8, "inconclusive", observed=why)
        return
    others = sorted(visible(seen) - set(uris))
    wanted, other = _side_by_side(uris[1], others[0] if others else "")
    yield expect(
        UTF_8,
        uris[1] in visible(seen),
        expected=f"the file {wanted}",
        observed=f"the file {other}" if others else "no such file, but the one with a plain name",
        exchange=seen,
    )
    for name, value, found in _kept(seen, file):
        wanted, other = _side_by_side(value, found)
        expected, observed = f"{name} is {wanted}", f"{name} is {other}"
        yield expect(UTF_8, found == value, expected=expected, observed=observed, exchange=seen)


def _side_by_side(one: str, other: str) -> tuple[str, str]:
    """Return two texts as they are told; as escapes if they look alike otherwise."""
    alike = unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other)
    return (ascii(one), ascii(other)) if alike else (repr(one), repr(other))


def _kept(seen: Exchange, file: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the texts of the file that are in the answer, as given and as found."""
    for found in seen.value.get("Files", ()):
        if not isinstance(found, dict) or found.get("URI") != file["URI"]:
            continue
        if isinstance(found.get("CustomId"), str) and found["CustomId"]:
            yield "CustomId", file["CustomId"], found["CustomId"]
        labels = found.get("CustomLabels")
        if isinstance(labels, dict) and isinstance(labels.get("label"), str):
            yield "a label", file["CustomLabels"]["label"], labels["label"]


def _escaped(read: Call, uris: list[str], seen: Exchange) -> Flow:
    """Read the file again, with slashes and characters that are not ASCII as escapes, and white space all around."""
    text = f" {json.dumps(uris, indent=1)}\n".replace("/", "\\/")
    spelled = Call(read.operation, {**read.params, "URIs": RawText(text)})
    again = yield from insist(spelled, lambda e: uris[1] in visible(e))
    expected = "a file is found by a name with \\u and \\/ escapes in JSON text with white space around its parts"
    yield _is_found(SPELLING, uris[1], again, seen, expected)


def _found_with_plus(read: Call, uris: list[str], seen: Exchange) -> Flow:
    """Read the file again, with every blank as a plus."""
    again = yield from insist(shaped(read, spelling="plus"), lambda e: uris[1] in visible(e))
    if not again.accepted:
        yield Verdict(BLANKS, "inconclusive", observed=why_unusable(again))
        return
    expected = "a file with blanks in its name is found where the query has + for them"
    yield _is_found(BLANKS, uris[1], again, seen, expected)


def _found_by_get(read: Call, uris: list[str], seen: Exchange) -> Flow:
    """Read the file again by GET, where that is served."""
    again = yield from insist(shaped(read, method="GET"), lambda e: uris[1] in visible(e))
    if again.accepted:
        yield _is_found(UTF_8, uris[1], again, seen, "a file with such a name is found by GET as by POST")


def _is_found(requirement: str, uri: str, again: Exchange, seen: Exchange, expected: str) -> Verdict:
    """Judge that a file that was `seen` is found when it is asked for in another way."""
    observed = "it is not in the answer" if again.accepted else why_unusable(again)
    return expect(
        requirement, uri in visible(again), expected=expected, observed=observed, exchange=again, control=seen
    )


def _removed(read: Call) -> Steps:
    removed: Exchange = yield Call("BatchDeleteFileMeta", read.params)
    return removed
