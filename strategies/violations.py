"""Random requests that break exactly one requirement, and know which."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from openapi import Operation
from strategies._keywords import FAR_ITEMS
from strategies._parts import plain_text
from strategies._prose import ensured
from strategies._relatives import grown
from strategies._samples import sample, with_length
from strategies._sites import Site, sites
from strategies._validity import broken, rule
from strategies._values import RawText, get, put
from strategies._variants import arrives
from strategies.requests import valid_requests
from strategies.rows import Row, keyword_rows


def violations(
    operation: Operation,
    fixed: Mapping[str, Any] | None = None,
    *,
    omit: Collection[str] = (),
) -> st.SearchStrategy[Row]:
    """Draw rows to be refused: a valid request with one random violation.

    The row's `requirement` is the one that it breaks, its `control` the valid
    request. `fixed` and `omit` are as in `valid_requests`; a fixed value may
    be what the violation replaces.
    """
    requests = valid_requests(operation, fixed, omit=omit)
    places = [place for place in _breakable(operation) if _root(place) not in omit]
    return st.tuples(requests, st.sampled_from(places)).flatmap(
        lambda drawn: _violated(drawn[1][0], drawn[1][1], drawn[0])
    )


def _root(place: tuple[Site, str]) -> str:
    return place[0].parameter.name


def _breakable(operation: Operation) -> Iterator[tuple[Site, str]]:
    """Yield the places and keywords that can be broken alone."""
    for site in sites(operation):
        control = ensured(site, {}) if site.keywords else {}
        for keyword in site.keywords:
            if _refused(site, keyword, control):
                yield site, keyword


def _refused(site: Site, keyword: str, control: Mapping[str, Any]) -> list[Row]:
    """Return the named rows that break the keyword and nothing else."""
    rows = [row for row in keyword_rows(site, keyword, control) if row.expect == "refuses"]
    if keyword == "required":
        return rows
    named = {rule(site.node, keyword)}
    return [row for row in rows if broken(site.node, get(row.params, site.steps)) == named]


@st.composite
def _violated(draw: st.DrawFn, site: Site, keyword: str, request: Mapping[str, Any]) -> Row:
    control = ensured(site, request)
    named = _refused(site, keyword, control)
    assume(named)
    maker = _RANDOM.get(keyword)
    if maker is None or draw(st.booleans()):
        return draw(st.sampled_from(named))
    value = draw(maker(site, get(control, site.steps)))
    if not _breaks_alone(site, keyword, value):
        return draw(st.sampled_from(named))
    control = named[0].control
    params = put(control, site.steps, value)
    change = f"`{site.node.path}` is {_shown(value)}"
    return Row("drawn", "refuses", named[0].requirement, params, control, change)


def _breaks_alone(site: Site, keyword: str, value: Any) -> bool:
    if value in ("", []) and site.is_parameter:
        return False
    return arrives(site, value) and broken(site.node, value) == {rule(site.node, keyword)}


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    shown = repr(value.text if isinstance(value, RawText) else value)
    return shown if len(shown) <= 80 else f"{shown[:60]}… ({len(shown)} characters)"


_SCALARS = st.one_of(st.booleans(), st.integers(), st.floats(-1e6, 1e6), plain_text())
_JSON: st.SearchStrategy[Any] = st.one_of(
    _SCALARS,
    st.lists(_SCALARS, max_size=2),
    st.dictionaries(plain_text(), _SCALARS, max_size=2),
)


def _other_type(site: Site, _: Any) -> st.SearchStrategy[Any]:
    if site.on_wire_as_text:
        return plain_text().map(RawText)
    return _JSON


def _unlisted(_: Site, value: Any) -> st.SearchStrategy[Any]:
    return plain_text() if isinstance(value, str) else st.integers()


def _damaged(_: Site, value: Any) -> st.SearchStrategy[str]:
    """Draw a text of any kind, or the value with something put into it."""
    text = str(value)
    inserted = st.builds(
        lambda at, new: text[:at] + new + text[at:],
        st.integers(0, len(text)),
        st.one_of(st.sampled_from(("\n", " ", "/", "\x00", "é")), plain_text()),
    )
    return st.one_of(inserted, plain_text())


def _unformatted(_: Site, value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, str):
        return plain_text()
    return st.one_of(st.integers(min_value=2**63), st.integers(max_value=-(2**63) - 1))


def _too_many(site: Site, value: Any) -> st.SearchStrategy[list[Any]]:
    most = site.node.schema["maxItems"]
    counts = st.integers(most + 1, most + FAR_ITEMS)
    item = site.node.item
    items = value or ["sample" if item is None else sample(item)]
    return counts.map(lambda count: grown(item, items, count))


def _too_few(site: Site, value: Any) -> st.SearchStrategy[list[Any]]:
    least = site.node.schema["minItems"]
    return st.integers(0, max(least - 1, 0)).map(lambda n: list(value[:n]))


def _of_size(site: Site, value: str, sizes: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    return sizes.map(lambda size: next(with_length(site.node, value, size), ""))


def _too_long(site: Site, value: str) -> st.SearchStrategy[str]:
    most = site.node.schema.get("maxLength", site.node.schema.get("x-maxBytes"))
    return _of_size(site, value, st.integers(most + 1, most * 2 + 1))


def _too_short(site: Site, value: str) -> st.SearchStrategy[str]:
    return _of_size(site, value, st.integers(0, max(site.node.schema["minLength"] - 1, 0)))


def _too_small(site: Site, _: Any) -> st.SearchStrategy[int]:
    return st.integers(max_value=int(site.node.schema["minimum"]) - 1)


def _too_great(site: Site, _: Any) -> st.SearchStrategy[int]:
    return st.integers(min_value=int(site.node.schema["maximum"]) + 1)


_RANDOM: dict[str, Callable[[Site, Any], st.SearchStrategy[Any]]] = {
    "type": _other_type,
    "enum": _unlisted,
    "const": _unlisted,
    "pattern": _damaged,
    "format": _unformatted,
    "minLength": _too_short,
    "maxLength": _too_long,
    "x-maxBytes": _too_long,
    "minItems": _too_few,
    "maxItems": _too_many,
    "minimum": _too_small,
    "maximum": _too_great,
}
