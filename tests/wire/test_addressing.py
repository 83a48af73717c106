"""The target of a request is what is sent, whoever looks at it."""

import httpx
import pytest

from conformance.wire.addressing import Resolving, query_of, target_of, url_of, with_pairs, with_query
from conformance.wire.encoding import Pairs

ROOT = "http://imm.example.test:8089/"


def to_root(extensions: dict[str, bytes]) -> httpx.Request:
    """Return a request to the root with the extensions of a query."""
    return httpx.Request("POST", ROOT, headers=[("x-a", "1"), ("x-a", "2")], content=b"body", extensions=extensions)


@pytest.mark.parametrize(
    ("pairs", "query"),
    [([], ""), ([("A", "x y"), ("A", "é*~")], "A=x%20y&A=%C3%A9%2A~"), ([("", "")], "=")],
)
def test_pairs_become_the_query(pairs: Pairs, query: str) -> None:
    """Pairs are encoded as clients encode them, and read back as they are sent."""
    request = to_root(with_pairs(pairs))

    assert query_of(request) == query
    assert url_of(request) == f"{ROOT}?{query}"


def test_query_is_sent_as_it_is_spelled() -> None:
    """What a URL would be spelled otherwise in is left alone."""
    assert target_of(to_root(with_query("A=x+*'()\"|y"))) == b"/?A=x+*'()\"|y"


def test_no_query_is_no_question_mark() -> None:
    """A request without a query goes to the root."""
    request = to_root(with_query(None))

    assert (target_of(request), query_of(request), url_of(request)) == (b"/", "", ROOT)


def test_request_of_somebody_else_is_read_from_its_url() -> None:
    """A request without a target of its own has that of its URL."""
    request = httpx.Request("GET", f"{ROOT}a?B=c")

    assert (target_of(request), url_of(request)) == (b"/a?B=c", f"{ROOT}a?B=c")


def test_other_query_takes_the_place_of_the_one_that_is_sent() -> None:
    """A URL can be shown with another query than the one that is sent."""
    assert url_of(to_root(with_query("Signature=secret")), "Signature=***") == f"{ROOT}?Signature=***"


def test_resolved_request_says_all_in_its_url() -> None:
    """A transport that looks at the URL alone gets query, headers and body."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    Resolving(httpx.MockTransport(answer)).handle_request(to_root(with_query("A=b")))

    assert [(str(r.url), r.headers.get_list("x-a"), r.read()) for r in seen] == [(f"{ROOT}?A=b", ["1", "2"], b"body")]
    assert "target" not in seen[0].extensions
