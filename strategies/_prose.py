"""Rules of requests that the documents state in prose and no keyword can say.

What a request needs beside a value so that it stays valid, and which
parameters name resources that exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strategies._known import FILE_HASH, PDS_URI
from strategies._samples import sample
from strategies._sites import Site
from strategies._validity import broken
from strategies._values import ABSENT, get, put

ALTERNATIVES = (("JobIds", "UploadURLs"), ("JobId",))
"""Parameters listed as optional of which a request needs one: without any it
names nothing (ICE-GUUI-NEITHER, ICE-GBMPJ-NO-JOBID), and of two the first would
count alone (ICE-GUUI-BOTH-JOBIDS-WINS)."""

_EXISTING = frozenset({"ProjectName", "DatasetName", "TaskId", "TaskType", "JobId", "URI"})
"""Parameters that name what exists: no other value can stand in for it."""

_ONLY_FOR_PDS = ("OSSURI",)

_OTHER_CHANNEL = {"RocketMQ": "MNS"}
"""Members of Notification that stand alone: what comes of both is open (imm.md 14.2, gap 11)."""


def names_resource(site: Site) -> bool:
    """Return whether only the given value of a place can be expected to work.

    So it is for a required plain parameter, which names a project, a task or
    the like, unless its schema lists the values.
    """
    if not site.is_parameter or site.parameter.encoding != "text":
        return False
    if "enum" in site.node.schema or "const" in site.node.schema:
        return False
    return site.parameter.required or site.name in _EXISTING


def ensured(site: Site, base: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `base` with a valid value at `site`, unless it has one already."""
    present = get(base, site.steps)
    if present is not ABSENT and present is not None:
        return base
    around = _around(site, base)
    value = _example(site)
    return completed_for(site, value, put(around, site.steps, value))


def completed_for(site: Site, value: Any, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `params` with what prose asks for beside `value` at `site`.

    A file in PDS needs its hash (IMM-BIFM-PDS-HASH).
    """
    is_pds = isinstance(value, str) and value.startswith("pds://")
    beside = site.parent.node.members if site.parent is not None else {}
    if not is_pds or site.name != "URI" or "FileHash" not in beside:
        return params
    place = (*site.steps[:-1], "FileHash")
    return params if isinstance(get(params, place), str) else put(params, place, FILE_HASH)


def of_one_channel(params: dict[str, Any]) -> dict[str, Any]:
    """Return drawn `params` with one channel of Notification, where they have two that do not go together."""
    given = params.get("Notification")
    if not isinstance(given, dict):
        return params
    second = [name for name, other in _OTHER_CHANNEL.items() if name in given and other in given]
    return {**params, "Notification": {n: v for n, v in given.items() if n not in second}} if second else params


def _example(site: Site) -> Any:
    stated = site.parameter.example
    if site.is_parameter and stated is not None and not broken(site.node, stated):
        return stated
    return sample(site.node)


def _around(site: Site, base: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `base` ready to take a value at `site`."""
    if site.parent is None:
        return _without_alternatives(site.name, base)
    base = ensured(site.parent, base)
    if site.name in _OTHER_CHANNEL:
        base = put(base, (*site.steps[:-1], _OTHER_CHANNEL[site.name]), ABSENT)
    return _for_pds(site, base) if site.name in _ONLY_FOR_PDS else base


def _for_pds(site: Site, base: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `base` with the file around `site` moved to PDS."""
    around = site.steps[:-1]
    moved: Mapping[str, Any] = put(base, (*around, "URI"), PDS_URI)
    changed: Mapping[str, Any] = put(moved, (*around, "FileHash"), FILE_HASH)
    return changed


def _without_alternatives(name: str, base: Mapping[str, Any]) -> Mapping[str, Any]:
    others = {n for group in ALTERNATIVES if name in group for n in group} - {name}
    return {n: value for n, value in base.items() if n not in others}
