"""What the Errors of a message say, beside what is found in the dataset (facts IMM-NTF-ERROR-*, C27)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.behaviors._index_calls import Indexing
from conformance.behaviors._lookups import File, by_uri, has, look_up
from conformance.behaviors.file_lookups import FOUND
from conformance.behaviors.messages import NOTIFICATIONS, errors_of, shown
from conformance.checks.registry import expect
from conformance.exchange import Exchange, Flow, Inconclusive, Notice, Verdict
from conformance.judge.reaction import not_missed, why_unusable
from conformance.notifications.linking import files_asked, uris_of
from conformance.polling import until
from conformance.world import World

_BY_LOOKUP = ("message-error-empty", "message-error-set", "message-error-decides")


@dataclass(frozen=True, slots=True)
class Told:
    """A call, and the messages that came about it."""

    call: Exchange
    notices: tuple[Notice, ...]

    @property
    def errors(self) -> dict[str, str]:
        """The Error of each file of the call that a message names."""
        asked = set(uris_of(files_asked(self.call)))
        told = errors_of(self.notices[0]) if self.notices else {}
        return {uri: error for uri, error in told.items() if uri in asked}


def compared(indexing: Indexing, told: Sequence[Told], world: World) -> Flow:
    """Look the files up, and compare what is found with what was told.

    What there is no occasion to judge gets its reason.
    """
    errors = {uri: error for t in told for uri, error in t.errors.items()}
    good = [uri for uri, error in errors.items() if not error]
    found: set[str] = set()
    if errors and "BatchGetFileMeta" in world.operations:
        look = look_up(world.writing, list(errors))
        first = yield look
        if good and not not_missed(first):  # a target may refuse to look for what is not there
            look = look_up(world.writing, good)
            first = yield look
        last = yield from until(look, lambda e: set(good) <= set(by_uri(e)), world.settle_seconds)
        if not last.accepted:
            raise Inconclusive(f"the files cannot be looked up: {why_unusable(last)}")
        found = {uri for uri, file in by_uri(last).items() if not _has_failed(file)}
        yield from _found_by_then(first, [uri for uri in good if uri in found])
        yield from _errors(indexing, errors, found, world)
        yield from _success(told, found)
        yield from _stored(last, good, found)
    yield from _blocked(indexing, errors, found, world)


def _has_failed(file: File) -> bool:
    """Return whether an entry tells why its file could not be indexed (facts imm.md 8.5, Reason)."""
    return has(file, "Reason") and file.get("ObjectStatus") != "Indexed"


def _found_by_then(look: Exchange, good: Sequence[str]) -> Iterator[Verdict]:
    """Judge that what is indexed is found as soon as the message tells so (MNS-MSG-AFTER)."""
    late = sorted(set(good) - set(by_uri(look)))
    if good and look.accepted:
        yield expect(
            f"{NOTIFICATIONS}/message-after-answer",
            not late,
            expected="BatchGetFileMeta finds a file once the message tells that it is indexed",
            observed=f"{len(late)} of {len(good)} files were not found, such as '{late[0] if late else ''}'",
            exchange=look,
        )


def _success(told: Sequence[Told], found: set[str]) -> Iterator[Verdict]:
    """Judge that Success is true when all files of a call were indexed, by their Errors and by what is found."""
    for one in told:
        asked = uris_of(files_asked(one.call))
        success = (one.notices[0].value or {}).get("Success") if one.notices else None
        if isinstance(success, bool) and found.issuperset(asked) and all(one.errors.get(u) == "" for u in asked):
            yield expect(
                f"{NOTIFICATIONS}/message-success-meaning",
                success,
                expected="Success is true when all files of the call were indexed",
                observed="Success is false",
                exchange=one.call,
            )


def _stored(last: Exchange, good: Sequence[str], found: set[str]) -> Iterator[Verdict]:
    """Judge that files of PDS are stored of which a message tells so: that others are, `effect` shows."""
    told = [uri for uri in good if uri.startswith("pds://")]
    lost = [uri for uri in told if uri not in found]
    if told and found:
        yield expect(
            FOUND,
            not lost,
            expected="a file of PDS whose Error is empty is found, as others are",
            observed=f"'{lost[0]}' is not found" if lost else "",
            exchange=last,
        )


def _errors(indexing: Indexing, errors: dict[str, str], found: set[str], world: World) -> Iterator[Verdict]:
    """Judge the Error of each file by whether the file is there."""
    indexed = [uri for uri in errors if uri in found]
    failed = [u for u, error in errors.items() if u not in found and (error or u in world.missing_uris)]
    told: set[str] = set()
    for slug, uris, holds, expected in (
        ("message-error-empty", indexed, lambda e: not e, "Error is empty"),
        ("message-error-set", failed, bool, "Error is not empty"),
    ):
        wrong = [uri for uri in uris if not holds(errors[uri])]
        told.update(wrong)
        observed = f"of '{wrong[0]}' it is {shown(errors[wrong[0]])}" if wrong else ""
        state = "is found" if uris is indexed else "is missing and not found"
        if uris:
            wanted = f"{expected} for a file that {state}"
            yield expect(indexing.requirement(slug), not wrong, expected=wanted, observed=observed)
    # A contradiction is told once: here only where the two above do not judge it.
    lost = [uri for uri, error in errors.items() if not error and uri not in found and uri not in told]
    if lost or not told:
        yield expect(
            indexing.requirement("message-error-decides"),
            not lost,
            expected="a file is found if its Error is empty, and else not",
            observed=f"'{lost[0]}' is not found, and its Error is empty" if lost else "",
        )


def _blocked(indexing: Indexing, errors: dict[str, str], found: set[str], world: World) -> Iterator[Verdict]:
    """Give reasons for what there was no occasion to judge; an occasion elsewhere outweighs them."""
    if "BatchGetFileMeta" not in world.operations:
        ids = _ids(indexing, _BY_LOOKUP, ("message-after-answer",))
        yield from _blocks(ids, "the target does not claim BatchGetFileMeta, which shows what is indexed")
    if not found:
        shared = ("message-after-answer", "message-success-meaning")
        ids = _ids(indexing, ("message-error-empty",), shared)
        yield from _blocks(ids, "no file was indexed; add [fixtures] indexed_uris of objects that exist")
    if not any(errors.values()):
        ids = _ids(indexing, ("message-error-set",), ("message-file-error-code",))
        yield from _blocks(ids, _nothing_failed(world))


def _ids(indexing: Indexing, own: Sequence[str], shared: Sequence[str]) -> list[str]:
    return [*map(indexing.requirement, own), *(f"{NOTIFICATIONS}/{slug}" for slug in shared)]


def _nothing_failed(world: World) -> str:
    if world.missing_uris:
        return f"'{world.missing_uris[-1]}' of [fixtures] missing_uris did not fail"
    return "no object is known to be missing; add [fixtures] missing_uris"


def _blocks(ids: Sequence[str], reason: str) -> Iterator[Verdict]:
    for requirement in ids:
        yield Verdict(requirement, "blocked", observed=reason)
