"""The named rows: requests on both sides of every keyword of an operation.

Sampling does not reach documented limits, so each limit, enum value, format,
type and required value has its rows, always the same for the same base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from openapi import Operation
from strategies._prose import completed_for, ensured, names_resource
from strategies._sites import Site, sites
from strategies._validity import stem
from strategies._values import ABSENT, RawText, get, put
from strategies._variants import Expect, Variant, variants


@dataclass(frozen=True, slots=True)
class Row:
    """One request that differs from `control` by exactly one named change.

    `label` is unique within the requirement and reads in a test id.
    `requirement` is the id without its aspect. `control` is the accepted twin,
    a whole request too; rows that must be accepted may equal it. The maps hold
    JSON values, or RawText, by parameter name, and are not to be changed.
    """

    label: str
    expect: Expect
    requirement: str
    params: Mapping[str, Any]
    control: Mapping[str, Any]
    change: str


def rows(operation: Operation, base: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows of all request requirements of an operation.

    `base` is a whole request, JSON values by parameter name, that the target
    accepts; what a row needs beside it, such as an optional parameter, is
    added to the row and its control alike. Order and content are the same for
    the same operation and base. Optional members deep inside a parameter have
    fewer rows of wrong types and patterns than the others.
    """
    whole = Row("as given", "accepts", f"{operation.name}/request", base, base, "nothing is changed")
    return (whole, *(row for site in sites(operation) for row in _rows_at(site, base)))


def _rows_at(site: Site, base: Mapping[str, Any]) -> Iterator[Row]:
    if not (site.required or site.node.keywords):
        return
    control = ensured(site, base)
    if site.required:
        yield from required_rows(site, control)
    for keyword in site.node.keywords:
        yield from keyword_rows(site, keyword, control)


def keyword_rows(site: Site, keyword: str, control: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of one keyword at a place where `control` has a value."""
    requirement = stem(site.node.keywords[keyword])
    made = variants(site, keyword, get(control, site.steps))
    if names_resource(site):
        change = f"`{site.node.path}` is as given"
        yield Row("as given", "accepts", requirement, control, control, change)
        made = [replace(variant, twin=ABSENT) for variant in made if variant.expect == "refuses"]
    for variant in made:
        yield row_of(site, requirement, variant, control)


def required_rows(site: Site, control: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of one required parameter or member.

    An empty parameter counts as absent, and so does `null`.
    """
    change = f"`{site.node.path}` is"
    requirement = stem(site.required)
    yield Row("present", "accepts", requirement, control, control, f"{change} present")
    for label, value in _missing(site).items():
        params = put(control, site.steps, value)
        yield Row(label, "refuses", requirement, params, control, f"{change} {label}")


def _missing(site: Site) -> dict[str, Any]:
    if not site.is_parameter:
        return {"absent": ABSENT, "null": None}
    empty = "" if site.parameter.encoding == "text" else RawText("")
    missing = {"absent": ABSENT, "empty text": empty}
    return {**missing, "null": None} if site.parameter.encoding == "json" else missing


def row_of(site: Site, requirement: str, variant: Variant, control: Mapping[str, Any]) -> Row:
    """Return the row that puts a variant into the place of its control."""
    control = completed_for(site, variant.value, control)
    change = f"`{site.node.path}` {variant.says}"
    if variant.twin is not ABSENT:
        control = put(control, site.steps, variant.twin)
        change += f" instead of {variant.instead}" if variant.instead else ""
    params = put(control, site.steps, variant.value)
    return Row(variant.label, variant.expect, requirement, params, control, change)
