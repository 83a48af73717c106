"""The matrix as one self-contained page, readable without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.2rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{position:sticky;top:0;background:#fff}"
    ".missed{background:#fde8e8}"
)


def render_page(matrix: Mapping[str, Any]) -> str:
    """Return the page: the totals, what is not as it should be, and a row for each requirement."""
    missed = [f"{e['fault']}: {e['reason'] or e['fate']}" for e in matrix["survived"]]
    collateral = [f"{e['fault']}: {', '.join(e['reported'])}" for e in matrix["collateral"]]
    broken = [f"{e['fault']}: {e['error']}" for e in matrix["errors"]]
    alarms = [_alarm(entry) for entry in matrix["alarms"]]
    kit = matrix["kit"]
    totals = (
        f"{matrix['caught']} of {matrix['faults']} faults are reported under their own requirement, "
        f"{len(matrix['collateral'])} only under another one, {len(matrix['survived'])} survive. "
        f"Of {len(matrix['variations'])} lawful servers {len(matrix['alarms'])} are not found to conform."
    )
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sensitivity of the conformance kit</title>",
        f"<style>{_STYLE}</style><h1>Sensitivity of the conformance kit</h1>",
        f"<p>Version {escape(kit['version'])}, contract <code>{escape(kit['contract'])}</code>.</p>",
        f"<p>{totals}</p>",
        *_list("Survivors", missed),
        *_list("Reported only under another requirement", collateral),
        *_list("Trials that broke off", broken),
        *_list("Alarms at lawful servers", alarms),
        *_list("Checks that never caught anything", matrix["idle_checks"]),
        *_list("Behaviours that no fault breaks alone", matrix["never_alone"]),
        "<h2>Requirements</h2><table><thead><tr><th>requirement<th>level<th>planted<th>caught<th>by<th>after requests",
        "<tbody>",
        *(_row(row) for row in matrix["requirements"]),
        "</table></html>",
    ]
    return "\n".join(parts)


def _alarm(entry: Mapping[str, Any]) -> str:
    names = ", ".join(entry["variations"])
    said = "; ".join([entry["error"] or entry["verdict"], *entry["alarms"]])
    return f"{names} (seed {entry['seed']}, {entry['where']}): {said}"


def _list(title: str, lines: Iterable[str]) -> Iterable[str]:
    items = [f"<li>{escape(line)}" for line in lines]
    return [f"<h2>{escape(title)}</h2><ul>", *items, "</ul>"] if items else []


def _row(row: Mapping[str, Any]) -> str:
    style = "" if row["caught"] == row["planted"] else " class=missed"
    cells = (
        row["requirement"],
        row["level"],
        row["planted"],
        row["caught"],
        ", ".join(row["checks"]),
        row["after"] or "",
    )
    return f"<tr{style}>" + "".join(f"<td>{escape(str(cell))}" for cell in cells)
