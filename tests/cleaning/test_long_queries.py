"""How files are removed where servers bound the head of a request."""

import json
from urllib.parse import quote

from conformance.cleaning import clean
from conformance.driving import drive
from conformance.exchange import Answer, Call, Exchange, Sent
from conformance.journal import Journal

TOKEN = "5e1f7e57"
URIS = [f"oss://bucket/{TOKEN}/{'long name ' * 8}{number}.jpg" for number in range(150)]
SHORT = [f"oss://b/{TOKEN}{number}" for number in range(250)]


def removals(uris: list[str], longest: int = 10**6) -> tuple[list[list[str]], list[str]]:
    """Return the URIs of each accepted removal, and what remains, at a server that takes so many characters."""
    journal = Journal("", TOKEN, "mark", None)
    files = [{"URI": uri} for uri in uris]
    journal.before(Call("BatchIndexFileMeta", {"ProjectName": "p", "DatasetName": "d", "Files": files}))
    removed: list[list[str]] = []

    def send(call: Call) -> Exchange:
        url = f"http://127.0.0.1/?URIs={quote(json.dumps(call.params.get('URIs')))}"
        if len(url) > longest:
            return Exchange(call, Sent("POST", url, ()), Answer(431, {}, b"", None, "the body is empty"))
        removed.append(call.params["URIs"])
        return Exchange(call, Sent("POST", url, ()), Answer(200, {}, b"{}", {}))

    left = drive(clean(journal), send, lambda _: None)
    return removed, left


def test_the_head_of_a_removal_is_short() -> None:
    """Servers take at least 8 KB of head, and a removal stays well below."""
    removed, left = removals(URIS)

    assert sorted(uri for uris in removed for uri in uris) == sorted(URIS)
    assert max(len(quote(json.dumps(uris))) for uris in removed) < 7000
    assert left == []


def test_no_removal_names_more_than_a_hundred() -> None:
    """BatchDeleteFileMeta takes a hundred URIs, however short they are."""
    removed, _ = removals(SHORT)

    assert max(map(len, removed)) == 100
    assert sum(map(len, removed)) == len(SHORT)


def test_a_removal_that_is_too_long_is_halved() -> None:
    """A server that takes less gets fewer at a time."""
    removed, left = removals(URIS, longest=4200)

    assert sorted(uri for uris in removed for uri in uris) == sorted(URIS)
    assert left == []
