"""Field projections: which fields of a file an answer shall hold."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from openapi import Operation


def field_names(operation: Operation) -> tuple[str, ...]:
    """Return the fields of a file in the operation's answer, in its order.

    Raises InvalidArgument for an operation whose answer has no files.
    """
    files = operation.response.members.get("Files")
    if files is None or files.item is None or not files.item.members:
        raise InvalidArgument(f"operation={operation.name!r}: expected one whose answer has Files")
    return tuple(files.item.members)


def field_projections(operation: Operation) -> st.SearchStrategy[list[str]]:
    """Draw values of WithFields from the fields of the operation's answer.

    Single fields, pairs, a few, the full list and the empty one, which asks
    for all fields (IMM-BGFM-WITHFIELDS-EMPTY). No field comes twice.
    """
    names = list(field_names(operation))
    one = st.sampled_from(names)
    pairs = st.lists(one, min_size=min(2, len(names)), max_size=2, unique=True)
    few = st.lists(one, min_size=1, max_size=min(5, len(names)), unique=True)
    whole = st.sampled_from((names, []))
    return st.one_of(one.map(lambda name: [name]), pairs, few, whole.map(list))
