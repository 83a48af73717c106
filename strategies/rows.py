"""The named rows: requests on both sides of every keyword of an operation.

Sampling does not reach documented limits, so each limit, enum value, format,
type and required value has its rows, always the same for the same base.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from openapi import Operation
from strategies._keywords import Expect, Variant
from strategies._prose import completed_for, ensured, names_resource
from strategies._sites import Site, sites
from strategies._values import ABSENT, RawText, get, put
from strategies._variants import variants


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

    @property
    def is_control(self) -> bool:
        """Whether the row is its control; `1` and `true`, which are equal in Python, are not the same JSON."""
        if self.params != self.control:
            return False
        one, other = (json.dumps(values, sort_keys=True, default=repr) for values in (self.params, self.control))
        return one == other


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
    if not site.keywords:
        return
    control = ensured(site, base)
    for keyword in site.keywords:
        yield from keyword_rows(site, keyword, control)


def keyword_rows(site: Site, keyword: str, control: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of one keyword at a place where `control` has a value."""
    if keyword == "required":
        made = _required_rows(site, control)
    elif names_resource(site):
        made = _resource_rows(site, keyword, control)
    else:
        made = (_row(site, keyword, v, control) for v in variants(site, keyword, get(control, site.steps)))
    aspects = site.aspects(keyword)
    return (row for row in made if row.expect in aspects)


def _required_rows(site: Site, control: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of one required parameter or member.

    An empty parameter counts as absent, and so does `null`.
    """
    yield _unchanged(site, "required", "present", control)
    for label, value in _missing(site).items():
        variant = Variant(label, "refuses", value, f"is {label}")
        yield _row(site, "required", variant, control)


def _resource_rows(site: Site, keyword: str, control: Mapping[str, Any]) -> Iterator[Row]:
    """Yield rows that keep the name of what exists, or give an unlawful one."""
    yield _unchanged(site, keyword, "as given", control)
    for variant in variants(site, keyword, get(control, site.steps)):
        if variant.expect == "refuses":
            yield _row(site, keyword, replace(variant, twin=ABSENT), control)


def _unchanged(site: Site, keyword: str, label: str, control: Mapping[str, Any]) -> Row:
    change = f"`{site.node.path}` is {label}"
    return Row(label, "accepts", site.requirement(keyword), control, control, change)


def _missing(site: Site) -> dict[str, Any]:
    if not site.is_parameter:
        return {"absent": ABSENT, "null": None}
    empty = "" if site.parameter.encoding == "text" else RawText("")
    missing = {"absent": ABSENT, "empty text": empty}
    return {**missing, "null": None} if site.parameter.encoding == "json" else missing


def _row(site: Site, keyword: str, variant: Variant, control: Mapping[str, Any]) -> Row:
    """Return the row that puts a variant into the place of its control."""
    control = completed_for(site, variant.value, control)
    change = f"`{site.node.path}` {variant.says}"
    if variant.twin is not ABSENT:
        control = put(control, site.steps, variant.twin)
        change += f" instead of {variant.instead}" if variant.instead else ""
    params = put(control, site.steps, variant.value)
    return Row(variant.label, variant.expect, site.requirement(keyword), params, control, change)
