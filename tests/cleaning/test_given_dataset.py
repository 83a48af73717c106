"""What is said of index entries in a dataset that is not the run's own."""

from collections.abc import Sequence

import pytest

from conformance.cleaning import clean
from conformance.driving import drive
from conformance.exchange import Answer, Call, Exchange, Sent
from conformance.journal import Journal

TOKEN = "5e1f7e57"
URIS = [f"oss://bucket/{TOKEN}/{number}.jpg" for number in range(3)]


def left_by(
    refusal: dict[str, str], status: int, uris: Sequence[str] = URIS, *, accepted: bool = False
) -> tuple[list[str], list[str]]:
    """Return what cleaning says that remains, and what it asked for, at a target that refuses every removal."""
    asked: list[str] = []
    journal = Journal("", TOKEN, "mark", None)

    def answered(call: Call, status: int, value: dict[str, str]) -> Exchange:
        return Exchange(call, Sent("POST", "http://127.0.0.1/", ()), Answer(status, {}, b"{}", value), "", 1)

    for uri in uris:
        call = Call("IndexFileMeta", {"ProjectName": "p", "DatasetName": "d", "File": {"URI": uri}})
        journal.before(call)
        if accepted:
            journal.after(answered(call, 200, {"RequestId": "1"}))

    def send(call: Call) -> Exchange:
        asked.append(call.operation)
        return answered(call, status, refusal)

    return drive(clean(journal), send, lambda _: None), asked


@pytest.mark.parametrize(
    ("status", "code"), [(404, "InvalidAction.NotFound"), (403, "Forbidden.RAM"), (500, "InternalError")]
)
def test_index_entries_that_remain_are_told(status: int, code: str) -> None:
    """They are told in one sentence, with their number, one of them and the reason."""
    (sentence,), _ = left_by({"Code": code}, status)

    assert sentence.startswith(f"3 index entries in p/d remain, such as {URIS[0]}: ")
    assert code in sentence


def test_a_target_that_knows_no_removal_is_asked_once() -> None:
    """Where the operations are unknown, they are not asked for again for each entry."""
    _, asked = left_by({"Code": "InvalidAction.NotFound"}, 404)

    assert asked == ["BatchDeleteFileMeta", "DeleteFileMeta"]


def test_entries_that_are_not_there_do_not_remain() -> None:
    """What is not found is no remainder."""
    assert left_by({"Code": "ResourceNotFound"}, 404)[0] == []


def test_an_entry_without_the_token_is_told_and_left() -> None:
    """What was taken although it had to be refused may be somebody's: it is not removed, and is named."""
    (sentence,), asked = left_by({"Code": "InternalError"}, 500, ["http://bucket/a.jpg"], accepted=True)

    assert sentence.startswith("the index entry http://bucket/a.jpg in p/d may remain")
    assert asked == []
