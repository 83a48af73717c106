"""Changes of plain data become rows, and rows become the data again."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.json_text import JsonObject
from emulator.mirror import Changes, Mirror, mirror_of, restored

TEXTS = st.text(max_size=3)
FROZEN_NAMES = st.sampled_from(["a", "b", "a/b", '"', "é"])


@dataclass(frozen=True)
class Leaf:
    """Something that is replaced when it changes."""

    number: int
    members: JsonObject


@dataclass
class Message:
    """Something that changes inside, in a list."""

    text: str
    leaf: Leaf
    count: int = 0


@dataclass
class Branch:
    """Something with parts."""

    title: str
    leaves: dict[str, Leaf] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Tree:
    """A whole tree with every kind of part."""

    serial: int = 0
    branches: dict[str, Branch] = field(default_factory=dict)
    queues: dict[str, list[Message]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    tables: dict[str, dict[str, int]] = field(default_factory=dict)


LEAVES = st.builds(Leaf, st.integers(0, 3), st.dictionaries(TEXTS, st.lists(st.integers(0, 3), max_size=2), max_size=2))
BRANCHES = st.builds(
    Branch,
    TEXTS,
    st.dictionaries(FROZEN_NAMES, LEAVES, max_size=3),
    st.lists(st.dictionaries(TEXTS, TEXTS, max_size=1), max_size=2),
)
TREES = st.builds(
    Tree,
    st.integers(0, 3),
    st.dictionaries(FROZEN_NAMES, BRANCHES, max_size=3),
    st.dictionaries(FROZEN_NAMES, st.lists(st.builds(Message, TEXTS, LEAVES), max_size=3), max_size=2),
    st.lists(TEXTS, max_size=4),
    st.dictionaries(FROZEN_NAMES, st.dictionaries(FROZEN_NAMES, st.integers(0, 2), max_size=2), max_size=2),
)


def applied(rows: dict[Any, str], changes: Changes) -> None:
    """Change rows as a store does."""
    for drop in changes.drops:
        for path in [path for path in rows if path[: len(drop)] == drop]:
            del rows[path]
    rows.update(changes.puts)


def compared(mirror: Mirror, tree: Tree) -> Changes:
    """Return what has changed."""
    changes = Changes()
    mirror.compare(tree, (), changes)
    return changes


@given(st.lists(TREES, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rows_follow_the_tree(trees: list[Tree]) -> None:
    """After any changes the rows describe the tree, also when the mirror was made from rows in between."""
    rows: dict[Any, str] = {}
    mirror = mirror_of(Tree)

    for number, tree in enumerate(trees):
        applied(rows, compared(mirror, tree))
        found, other = restored(Tree, rows)
        assert found == tree
        mirror = other if number % 2 else mirror

    assert not compared(mirror, trees[-1])


def sample() -> tuple[Tree, Mirror]:
    """Return a tree that a mirror knows."""
    tree = Tree(
        1,
        {"b": Branch("old", {"x": Leaf(1, {}), "y": Leaf(2, {})}, [{"k": "v"}])},
        {"q": [Message("m", Leaf(1, {})), Message("n", Leaf(2, {}))]},
        ["one", "two"],
        {"t": {"u": 1}},
    )
    mirror = mirror_of(Tree)
    compared(mirror, tree)
    return tree, mirror


@pytest.mark.parametrize(
    ("statement", "paths"),
    [
        ("tree.serial = 2", {()}),
        ("tree.branches['b'].title = 'new'", {("branches", "b")}),
        ("tree.branches['b'].leaves['x'] = Leaf(9, {})", {("branches", "b", "leaves", "x")}),
        ("tree.queues['q'][1].count += 1", {("queues", "q", "1")}),
        ("tree.words.append('three')", {("words", "2")}),
        ("tree.tables['t']['v'] = 2", {("tables", "t", "v")}),
        ("tree.tables['e'] = {}", {("tables", "e")}),
    ],
)
def test_a_change_costs_one_row(statement: str, paths: set[Any]) -> None:
    """Only what has changed is written, wherever it is."""
    tree, mirror = sample()
    exec(statement, globals(), {"tree": tree})

    changes = compared(mirror, tree)

    assert (set(changes.puts), changes.drops) == (paths, [])


def test_a_removal_drops_what_is_below() -> None:
    """What is removed is dropped as a whole."""
    tree, mirror = sample()
    del tree.branches["b"]

    changes = compared(mirror, tree)

    assert (changes.drops, changes.puts) == ([("branches", "b")], {})


@pytest.mark.parametrize(
    "rows",
    [
        {(): '{"serial":"1"}'},
        {(): '{"serial":1,"other":2}'},
        {(): '{"serial":1}', ("other",): ""},
        {(): "{"},
        {(): '{"serial":1}', ("words",): "", ("words", "1"): '"two"'},
        {(): '{"serial":1}', ("branches",): "", ("branches", "b"): '{"title":true}'},
        {(): '{"serial":1}', ("tables",): "", ("tables", "t"): "", ("tables", "t", "u"): "1.5"},
    ],
)
def test_rows_of_something_else_are_refused(rows: dict[Any, str]) -> None:
    """Rows that do not describe the type are no such tree."""
    with pytest.raises((TypeError, ValueError, KeyError)):
        restored(Tree, rows)


def test_missing_members_have_their_defaults() -> None:
    """A member that an older version did not write has its default."""
    rows: dict[Any, str] = {(): "{}", ("words",): "", ("words", "0"): json.dumps("one")}

    tree, _ = restored(Tree, rows)

    assert tree == Tree(words=["one"])
