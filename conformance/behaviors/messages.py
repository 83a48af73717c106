"""What every indexing message shows, beside the call that it tells of (facts mns.md 2, imm.md 8.4).

Each file is judged by its own `Error`, whatever `Success` is (C27). Members
of a wrong type are left to the schema judge.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.behaviors.instants import read_instant
from conformance.checks.registry import expect, hear
from conformance.exchange import Exchange, Notice, Verdict
from conformance.judge.validation import observed_text
from conformance.notifications.linking import entries_of, failed_as_a_whole, files_asked, topic_of, uris_of

SINGLE = "IndexFileMeta"
BATCH = "BatchIndexFileMeta"
NOTIFICATIONS = "Notifications/behavior"

_CODE = re.compile(r"\[[A-Za-z][A-Za-z0-9_.-]*\]")


def either(slug: str) -> tuple[str, str]:
    """Return the ids that a requirement has in the two operations."""
    return f"{SINGLE}/behavior/{slug}", f"{BATCH}/behavior/{slug}"


def cause_of(notice: Notice) -> Exchange:
    """Return the call that a message tells of; passive checks see no other messages."""
    assert notice.cause is not None
    return notice.cause


def own(notice: Notice, slug: str) -> str:
    """Return the id that a requirement has in the operation that caused the message."""
    return f"{cause_of(notice).call.operation}/behavior/{slug}"


def _judged(notice: Notice, ids: tuple[str, ...], holds: bool, expected: str, observed: str) -> Iterator[Verdict]:
    for requirement in ids:
        yield expect(requirement, holds, expected=expected, observed=observed, exchange=cause_of(notice))


def shown(value: Any) -> str:
    """Return a value for an observation, cut short."""
    return observed_text("", value)


def errors_of(notice: Notice) -> dict[str, str]:
    """Return the Error of each entry by its URI, as far as both are texts."""
    entries = entries_of(notice) or []
    pairs = [(e.get("URI"), e.get("Error")) for e in entries]
    return {uri: error for uri, error in pairs if isinstance(uri, str) and isinstance(error, str)}


@hear(*either("message-published"), f"{NOTIFICATIONS}/named-topic", f"{NOTIFICATIONS}/only-on-request")
def published_as_asked(notice: Notice) -> Iterator[Verdict]:
    """Judge that one message comes about a call that names the topic, and none about any other."""
    topic = topic_of(cause_of(notice))
    if topic is None:
        wanted = "no message about a call without Notification.MNS"
        yield from _judged(notice, (f"{NOTIFICATIONS}/only-on-request",), False, wanted, "a message came")
        return
    wanted = f"published to the topic '{topic}', which the call names"
    observed = f"it came through '{notice.topic}'"
    yield from _judged(notice, (f"{NOTIFICATIONS}/named-topic",), topic == notice.topic, wanted, observed)
    ids = (own(notice, "message-published"),)
    again = f"{notice.rank} came, and not one again"
    if notice.value is not None:  # which call another one is about can only be guessed
        yield from _judged(notice, ids, notice.rank == 1, "one message about a call", again)


@hear(*either("message-envelope"))
def known_envelope(notice: Notice) -> Iterator[Verdict]:
    """Judge that the message is bare, or text in the envelope of acs.imm (C26)."""
    ids = (own(notice, "message-envelope"),)
    wanted = "the bare object, or an envelope of source 'acs.imm' whose content is the object as text"
    yield from _judged(notice, ids, notice.form != "other", wanted, f"the message was {shown(notice.text)}")


@hear(f"{NOTIFICATIONS}/message-json")
def one_object(notice: Notice) -> Iterator[Verdict]:
    """Judge that the message is one JSON object in UTF-8."""
    flaw = notice.problem or next((f for f in notice.flaws if f.endswith("is not JSON")), "")
    yield from _judged(notice, (f"{NOTIFICATIONS}/message-json",), not flaw, "one JSON object in UTF-8", flaw)


@hear(f"{NOTIFICATIONS}/message-project-and-dataset")
def place_of_the_call(notice: Notice) -> Iterator[Verdict]:
    """Judge that ProjectName and DatasetName are those of the call."""
    asked = cause_of(notice).call.params
    for name in ("ProjectName", "DatasetName"):
        found = (notice.value or {}).get(name)
        if isinstance(found, str) and isinstance(asked.get(name), str):
            ids = (f"{NOTIFICATIONS}/message-project-and-dataset",)
            yield from _judged(notice, ids, found == asked[name], f"{name} is '{asked[name]}'", f"it is {shown(found)}")


@hear(*either("message-time-order"))
def time_order(notice: Notice) -> Iterator[Verdict]:
    """Judge that EndTime is not before StartTime."""
    value = notice.value or {}
    start, end = read_instant(value.get("StartTime")), read_instant(value.get("EndTime"))
    if start is not None and end is not None:
        ids = (own(notice, "message-time-order"),)
        observed = f"EndTime is '{value['EndTime']}', StartTime '{value['StartTime']}'"
        yield from _judged(notice, ids, not end.precedes(start), "EndTime is not before StartTime", observed)


@hear(f"{NOTIFICATIONS}/message-success-meaning")
def success(notice: Notice) -> Iterator[Verdict]:
    """Judge that Success is true when every file was indexed; nothing follows from an Error (C27).

    A message that gives a reason may tell of a call that failed as a whole,
    of which no sample shows the files (mns.md 5.10); it is judged by what is
    found (`message_errors`).
    """
    if notice.value is None:
        return
    found = notice.value.get("Success")
    if isinstance(found, bool) and _all_indexed(notice) and (found or not notice.value.get("Message")):
        ids = (f"{NOTIFICATIONS}/message-success-meaning",)
        wanted = "Success is true, since no file has an Error"
        yield from _judged(notice, ids, found, wanted, "Success is false")


def _all_indexed(notice: Notice) -> bool:
    """Whether the message tells of files, and of no Error."""
    errors = errors_of(notice)
    return bool(errors) and len(errors) == len(entries_of(notice) or ()) and not any(errors.values())


@hear(f"{NOTIFICATIONS}/message-text")
def message_text(notice: Notice) -> Iterator[Verdict]:
    """Judge that Message is a text, and empty when all went well."""
    if notice.value is None or "Message" not in notice.value:
        return
    found = notice.value["Message"]
    ids = (f"{NOTIFICATIONS}/message-text",)
    if not isinstance(found, str):
        yield from _judged(notice, ids, False, "Message is a text", f"it is {shown(found)}")
    elif _all_indexed(notice) and notice.value.get("Success") is True:
        yield from _judged(notice, ids, not found, "Message is empty, since all went well", f"it is {shown(found)}")


@hear(*either("message-files-one-each"))
def files_of_the_call(notice: Notice) -> Iterator[Verdict]:
    """Judge that Files has one entry for each URI of the call; exactly one if that was IndexFileMeta."""
    entries, asked = entries_of(notice), uris_of(files_asked(cause_of(notice)))
    if entries is None or failed_as_a_whole(notice) or len(set(asked)) != len(asked):
        return
    told = uris_of(entries)
    lacking, foreign = sorted(set(asked) - set(told)), sorted(set(told) - set(asked))
    observed = _difference(lacking, foreign) or _repeated(told) or "an entry has no URI"
    ids = (own(notice, "message-files-one-each"),)
    holds = sorted(told) == sorted(asked) and len(entries) == len(asked)
    yield from _judged(notice, ids, holds, "one entry for each URI of the call and no other", observed)


def _repeated(uris: list[str]) -> str:
    return next((f"'{uri}' is there {count} times" for uri, count in Counter(uris).items() if count > 1), "")


def _difference(lacking: list[str], foreign: list[str]) -> str:
    parts = [f"'{lacking[0]}' is not there"] if lacking else []
    parts += [f"'{foreign[0]}' is there and was not asked for"] if foreign else []
    return " and ".join(parts)


@hear(f"{BATCH}/behavior/message-files-order")
def order_of_files(notice: Notice) -> Iterator[Verdict]:
    """Judge that the entries are in the order of the call."""
    told, asked = uris_of(entries_of(notice) or ()), uris_of(files_asked(cause_of(notice)))
    if len(asked) < 2 or sorted(told) != sorted(asked):
        return
    ids = (f"{BATCH}/behavior/message-files-order",)
    first = next((i for i, (a, b) in enumerate(zip(told, asked, strict=True)) if a != b), 0)
    observed = f"entry {first + 1} is '{told[first]}', file {first + 1} of the call '{asked[first]}'"
    yield from _judged(notice, ids, told == asked, "the entries are in the order of the call", observed)


@hear(*either("message-labels"))
def labels(notice: Notice) -> Iterator[Verdict]:
    """Judge that CustomLabels that were given for a file come back equal, and no others do."""
    asked = files_asked(cause_of(notice))
    given = {f["URI"]: f.get("CustomLabels") or {} for f in asked if isinstance(f.get("URI"), str)}
    ids = (own(notice, "message-labels"),)
    for entry in entries_of(notice) or ():
        uri = entry.get("URI")
        found = entry.get("CustomLabels") or {}
        if not isinstance(uri, str) or uri not in given or not isinstance(found, dict):
            continue
        if len(given) == len(asked) and (found or given[uri]):
            wanted = f"CustomLabels of '{uri}' are {shown(given[uri])}"
            yield from _judged(notice, ids, found == given[uri], wanted, f"they are {shown(found)}")


@hear(f"{NOTIFICATIONS}/message-file-error-code")
def error_code(notice: Notice) -> Iterator[Verdict]:
    """Judge that an Error that is not empty starts with a code in brackets."""
    ids = (f"{NOTIFICATIONS}/message-file-error-code",)
    for error in errors_of(notice).values():
        if error:
            wanted = "Error starts with a code in square brackets"
            yield from _judged(notice, ids, _CODE.match(error) is not None, wanted, f"it is {shown(error)}")


@hear(*either("message-user-data"), f"{NOTIFICATIONS}/message-user-data")
def user_data(notice: Notice) -> Iterator[Verdict]:
    """Judge that UserData that was given comes back, unchanged (C12: together with MNS settings), and no other."""
    given = cause_of(notice).call.params.get("UserData", "")
    found = (notice.value or {}).get("UserData") or ""
    heard = notice.value is not None and topic_of(cause_of(notice)) is not None
    if not heard or not isinstance(given, str) or not isinstance(found, str):
        return
    ids = (f"{NOTIFICATIONS}/message-user-data",)
    if given:
        wanted = "UserData is that of the call, unchanged"
        yield from _judged(
            notice, (own(notice, "message-user-data"),), found == given, wanted, _where_different(given, found)
        )
        yield from _judged(notice, ids, bool(found), "UserData of the call comes back", "it is empty or absent")
    elif found:
        yield from _judged(notice, ids, False, "no UserData, since the call has none", f"it is {shown(found)}")


def _where_different(given: str, found: str) -> str:
    if not found:
        return "it is empty or absent"
    same = next((i for i, (a, b) in enumerate(zip(given, found, strict=False)) if a != b), min(len(given), len(found)))
    return f"it differs from character {same + 1} on ({len(found)} characters for {len(given)})"
