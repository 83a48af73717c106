"""Reading of the YAML documents, with the line of every node, and of `$ref`."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from openapi._model import ContractError, Location

_ADDING = ("x-keywords", "x-defaults")


class Node(dict[str, Any]):
    """A YAML mapping that knows the document and the lines it was read from."""

    location: Location
    lines: Mapping[str, int]

    def line_of(self, key: str) -> Location:
        """Return where `key` is written, or the mapping itself if it is not."""
        return Location(self.location.document, self.lines.get(key, self.location.line))


class _Loader(yaml.CSafeLoader):
    """Safe YAML that keeps lines and leaves time-like text alone."""

    document = ""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rules if not tag.endswith(":timestamp")]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _construct_node(loader: _Loader, source: yaml.MappingNode) -> Iterator[Node]:
    node = Node()
    yield node
    loader.flatten_mapping(source)
    lines: dict[str, int] = {}
    for key_node, value_node in source.value:
        key = str(loader.construct_object(key_node, deep=True))
        line = key_node.start_mark.line + 1
        if key in node:
            raise ContractError(loader.document, "", f"line {line}: key '{key}' twice")
        lines[key] = line
        node[key] = loader.construct_object(value_node, deep=True)
    node.location = Location(loader.document, source.start_mark.line + 1)
    node.lines = lines


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_node)


class Documents:
    """The documents of one folder, read once each, with their references."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: dict[str, Node] = {}

    def may_be_a_contract(self) -> bool:
        """Return whether a document of the folder itself is shared by operations; what is below may be anything."""
        return any(_is_shared(path) for path in self.directory.glob("*.yaml"))

    def names(self) -> list[str]:
        """Return the paths of all documents below the folder, sorted."""
        found = self.directory.rglob("*.yaml")
        return sorted(path.relative_to(self.directory).as_posix() for path in found)

    def digest(self) -> str:
        """Return the SHA-256 of all documents, names and bytes."""
        total = hashlib.sha256()
        for name in self.names():
            total.update(f"{name}\0".encode())
            total.update((self.directory / name).read_bytes())
        return f"sha256:{total.hexdigest()}"

    def load(self, name: str) -> Node:
        """Return one document's root mapping.

        Raises ContractError if it is missing, is not YAML or not a mapping.
        """
        if name not in self._read:
            self._read[name] = self._parse(name)
        return self._read[name]

    def _parse(self, name: str) -> Node:
        try:
            text = (self.directory / name).read_text(encoding="utf-8")
            loader = _Loader(text)
            loader.document = name
            root = loader.get_single_data()
        except OSError as error:
            raise ContractError(name, "", f"cannot be read: {error.strerror}") from None
        except yaml.YAMLError as error:
            raise ContractError(name, "", f"is not YAML: {error}") from None
        if not isinstance(root, Node):
            raise ContractError(name, "", "expected a mapping at the top")
        return root

    def follow(self, node: Node, trail: tuple[str, ...] = ()) -> Node:
        """Return `node` with its `$ref`, if it has one, merged into it.

        What stands beside the `$ref` wins over the target; facts add up.
        """
        reference = node.get("$ref")
        if reference is None:
            return node
        origin = node.location.document
        if not isinstance(reference, str) or reference in trail:
            raise ContractError(origin, "", f"$ref {reference!r} cannot be followed")
        target = self._target(origin, reference)
        return _merged(node, self.follow(target, (*trail, reference)))

    def _target(self, origin: str, reference: str) -> Node:
        file, _, pointer = reference.partition("#")
        base = posixpath.dirname(origin)
        name = posixpath.normpath(posixpath.join(base, file)) if file else origin
        found: Any = self.load(name)
        for part in pointer.strip("/").split("/") if pointer.strip("/") else ():
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise ContractError(origin, "", f"$ref {reference!r} leads nowhere")
            found = found[key]
        if not isinstance(found, Node):
            raise ContractError(origin, "", f"$ref {reference!r} is not a mapping")
        return found


def _is_shared(path: Path) -> bool:
    """Return whether operations may share a document, which is not read yet; why one is unreadable is said later."""
    try:
        return path.is_file() and b"x-operation" in path.read_bytes()
    except OSError:
        return True


def _merged_entries(target: Mapping[str, Any], site: Mapping[str, Any]) -> dict[str, Any]:
    """Join annotations keyword by keyword; the site wins, facts add up."""
    joined = dict(target)
    for keyword, entry in site.items():
        known = target.get(keyword, {})
        facts = [*known.get("facts", ()), *entry.get("facts", ())]
        joined[keyword] = {**known, **entry, **({"facts": facts} if facts else {})}
    return joined


def _merged(site: Node, target: Node) -> Node:
    merged = Node(target)
    for key, value in site.items():
        if key == "$ref":
            continue
        if key == "x-facts":
            merged[key] = list(dict.fromkeys([*target.get(key, ()), *value]))
        elif key in _ADDING:
            merged[key] = _merged_entries(target.get(key, {}), value)
        else:
            merged[key] = value
    merged.location = target.location
    merged.lines = target.lines
    return merged
