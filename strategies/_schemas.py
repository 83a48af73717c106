"""Strategies of valid values for the places of a request.

What a member's name, its pattern or its schema says, in this order, chooses
the strategy, so a new document needs no Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from openapi import Operation, SchemaNode
from strategies._known import known
from strategies._parts import objects, plain_text, sizes
from strategies._relatives import grown
from strategies._samples import kind_of, sample
from strategies._validity import broken, compiled
from strategies.files import coordinates, input_files, times
from strategies.labels import custom_ids, custom_labels, user_data
from strategies.lists import job_ids, percent_encoded
from strategies.names import bucket_names, project_names
from strategies.projections import field_projections
from strategies.uris import bucket_uris, file_uris, oss_uris, source_urls

Values = st.SearchStrategy[Any]

_UNLIMITED = 5
"""Lists and texts without a documented limit have at most so many parts."""

_BY_NAME: dict[str, Callable[[], Values]] = {
    "ContentType": lambda: st.sampled_from(("image/jpeg", "video/mp4")),
    "CustomId": custom_ids,
    "CustomLabels": custom_labels,
    "InstanceId": lambda: st.integers(1, 999).map("MQ_INST_{}".format),
    "JobId": job_ids,
    "JobIds": job_ids,
    "Language": lambda: st.sampled_from(("zh-Hans", "en", "en-US")),
    "TopicName": project_names,
    "UploadURLs": lambda: source_urls().map(percent_encoded),
    "UserData": user_data,
}
_BY_FORMAT: dict[str, Callable[[], Values]] = {
    "file URI": file_uris,
    "bucket URI": bucket_uris,
    "resource name": project_names,
    "bucket name": bucket_names,
    "source URL": source_urls,
    "coordinates": coordinates,
}


def values(operation: Operation, node: SchemaNode, name: str, least: int = 0) -> Values:
    """Return a strategy of values that `node` allows at a member `name`.

    `least` is the number of items that a list without a documented minimum
    has at least.
    """
    kind = kind_of(node)
    if name == "WithFields" and "Files" in operation.response.members:
        return field_projections(operation)
    if kind == "array":
        return _arrays(operation, node, name, least)
    if name in _BY_NAME:
        return _allowed(node, _BY_NAME[name]())
    if kind == "object":
        return _objects(operation, node)
    if "const" in node.schema or "enum" in node.schema:
        return st.sampled_from([*node.schema.get("enum", [node.schema.get("const")])])
    return _allowed(node, _SCALARS[kind](node))


def _allowed(node: SchemaNode, made: Values) -> Values:
    """Return `made`, with the sample in place of what `node` does not allow."""
    plain = sample(node)
    return made.map(lambda value: plain if broken(node, value) else value)


def _arrays(operation: Operation, node: SchemaNode, name: str, least: int) -> Values:
    item = node.item
    fewest = max(least, node.schema.get("minItems", 0))
    most = node.schema.get("maxItems", max(_UNLIMITED, fewest))
    if item is None:
        return st.just([])
    elements = values(operation, item, name)
    return sizes(min(fewest, most), most).flatmap(
        lambda size: st.lists(elements, min_size=min(size, 2), max_size=min(size, 2)).map(
            lambda drawn: grown(item, drawn, size) if size else []
        )
    )


def _objects(operation: Operation, node: SchemaNode) -> Values:
    if {"URI", "CustomLabels"} <= set(node.members):
        return _allowed(node, input_files())
    required = {name: values(operation, node.members[name], name, 1) for name in node.required}
    optional = {name: values(operation, child, name) for name, child in node.members.items() if name not in required}
    return objects(required, optional, 0 if required or not optional else 1)


def _texts(node: SchemaNode) -> Values:
    schema = node.schema
    format_ = known(schema)
    if format_ is not None:
        allows_pds = format_.name != "file URI" or not broken(node, _PDS)
        return _BY_FORMAT[format_.name]() if allows_pds else oss_uris()
    if "pattern" in schema:
        return st.from_regex(compiled(schema["pattern"]))
    if schema.get("format") == "date-time":
        return times()
    least = schema.get("minLength", 1)
    most = schema.get("maxLength", schema.get("x-maxBytes", max(least, _UNLIMITED)))
    return st.builds(lambda text, size: (text * size)[:size], plain_text(), sizes(least, most))


_PDS = "pds://domains/bj1/drives/101/files/1/revisions/1"
_BITS = {"int32": 31, "int64": 63}


def _whole(node: SchemaNode) -> Values:
    bits = _BITS.get(node.schema.get("format", "int64"), 63)
    least = node.schema.get("minimum", -(2**bits))
    return sizes(least, node.schema.get("maximum", 2**bits - 1))


def _numbers(node: SchemaNode) -> Values:
    least, most = node.schema.get("minimum", -1e6), node.schema.get("maximum", 1e6)
    return st.one_of(st.sampled_from((least, most)), st.floats(least, most))


_SCALARS: dict[str, Callable[[SchemaNode], Values]] = {
    "string": _texts,
    "integer": _whole,
    "number": _numbers,
    "boolean": lambda _: st.booleans(),
}
