"""`python -m benchmarks [NAME]... [--out DIR] [--runs N]` measures the kit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from benchmarks.budgets import measure_budgets
from benchmarks.comparison import measure_comparison
from benchmarks.overhead import measure_overhead
from benchmarks.results import Rows, markdown, surroundings, write
from benchmarks.scaling import measure_memory, measure_operations, measure_processes
from benchmarks.sharpness import measure_sharpness
from benchmarks.start import measure_start
from benchmarks.validators import measure_validators

MEASUREMENTS: dict[str, Callable[[int], Rows]] = {
    "start": measure_start,
    "overhead": measure_overhead,
    "sharpness": lambda _: [measure_sharpness("smoke", every=5)],
    "budgets": lambda _: measure_budgets(),
    "validators": lambda _: measure_validators(),
    "processes": measure_processes,
    "operations": lambda _: measure_operations(),
    "memory": lambda _: [measure_memory()],
}


_COMPARISON = "comparison"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*MEASUREMENTS, _COMPARISON]))
@click.option("--out", type=click.Path(path_type=Path), default=Path("benchmark-results"), help="Folder for results.")
@click.option("--runs", type=click.IntRange(1), default=5, help="Runs that a median is taken of.")
@click.option("--faults", type=click.IntRange(1), default=40, help="Faults of each class in the comparison.")
def main(names: tuple[str, ...], out: Path, runs: int, faults: int) -> None:
    """Measure the kit; without names, everything."""
    around, tables = surroundings(), dict[str, Rows]()
    for name in names or (*MEASUREMENTS, _COMPARISON):
        if name == _COMPARISON:
            tables.update(measure_comparison(faults, out / _COMPARISON))
        else:
            tables[name] = MEASUREMENTS[name](runs)
    write(out, around, tables)
    click.echo(markdown(around, tables), nl=False)


main()
