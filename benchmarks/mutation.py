"""`python -m benchmarks.mutation FILE [--at-least PERCENT]` judges the figures that mutmut exports."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("figures", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--at-least", default=90.0, show_default=True, help="Percent of changes that the tests must notice.")
def main(figures: Path, at_least: float) -> None:
    """Tell how many changes of the code the tests noticed; end with 1 if too few did."""
    counts = json.loads(figures.read_text("utf-8"))
    total, noticed = counts["total"], counts["killed"] + counts["timeout"]
    score = 100 * noticed / total if total else 0.0
    click.echo(f"{noticed} of {total} changes were noticed: {score:.1f} %, asked for are {at_least:g} %")
    raise SystemExit(0 if score >= at_least else 1)


if __name__ == "__main__":
    main()
