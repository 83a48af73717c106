"""RequestIds over a whole run."""

from dataclasses import replace

from conformance.exchange import Exchange
from conformance.judge.request_ids import RequestIds
from tests.judge.conftest import Answered

ID = "7C2D9E36-3C1E-4417-BDB2-1E034F5A6B7C"


def numbered(exchange: Answered, number: int, given: object) -> Exchange:
    """Return an exchange of a run whose answer has an id."""
    return replace(exchange(200, {"RequestId": given}), number=number)


def test_an_id_of_an_earlier_call_is_told(exchange: Answered) -> None:
    """However long ago it was given, and whatever was asked."""
    ids = RequestIds()
    seen = [list(ids.look(numbered(exchange, number, f"{ID}-{number % 90}"))) for number in range(91)]

    assert seen[:90] == [[]] * 90
    assert [(v.requirement, v.observed) for v in seen[90]] == [
        ("Gateway/behavior/request-id-differs", f"RequestId '{ID}-0' of an earlier call of GetTask")
    ]


def test_an_exchange_may_be_looked_at_again(exchange: Answered) -> None:
    """It is one call, and its id came once."""
    ids, seen = RequestIds(), numbered(exchange, 1, ID)

    assert [*ids.look(seen), *ids.look(seen)] == []


def test_ids_without_end_are_not_remembered(exchange: Answered) -> None:
    """Nor what is no id: empty texts and numbers."""
    ids = RequestIds()

    for number, given in enumerate(["x" * 201, "x" * 201, "", "", 5, 5, None, None]):
        assert list(ids.look(numbered(exchange, number, given))) == []
    assert ids.first == {}
