"""A target file for a server that the kit itself has filled."""

from __future__ import annotations

import json

from conformance.target.config import Fixtures


def target_file(url: str, key_id: str, key_secret: str, fixtures: Fixtures) -> str:
    """Return the text of a target file for a test server at `url`, with its published key and its resources."""
    lines = ['name = "embedded emulator on a socket"', "", "[endpoints]", _pair("imm", url), _pair("ice", url)]
    lines += ["", "[credentials]", _pair("access_key_id", key_id), _pair("access_key_secret", key_secret)]
    lines += ["", "[fixtures]"]
    lines += [_pair(name, text) for name in ("project", "dataset", "bucket") if (text := getattr(fixtures, name))]
    for name in ("indexed_uris", "missing_uris", "batch_jobs", "expired_batch_jobs"):
        lines.append(_pair(name, list(getattr(fixtures, name))))
    lines.append(_tables("tasks", ("type", "id"), fixtures.tasks))
    lines.append(_tables("url_upload_jobs", ("id", "url"), fixtures.url_upload_jobs))
    return "\n".join([*lines, ""])


def _pair(key: str, value: str | list[str]) -> str:
    # Text and lists of text are the same in JSON and in TOML.
    return f"{key} = {json.dumps(value)}"


def _tables(key: str, names: tuple[str, str], rows: tuple[tuple[str, str], ...]) -> str:
    tables = ("{ " + ", ".join(_pair(n, v) for n, v in zip(names, row, strict=True)) + " }" for row in rows)
    return f"{key} = [{', '.join(tables)}]"
