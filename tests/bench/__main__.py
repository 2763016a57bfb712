"""`make bench`: measures what the project promises, side by side in one run, and stores the figures.

Each measurement is a module with `measure(quick=...)`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from . import batching, chunking, joins, memory, overlap, pasting
from .figures import Figure
from .machine import commit, describe
from .quiet import quiet
from .results import STORED, Results, rows

MEASUREMENTS: dict[str, Callable[..., list[Figure]]] = {
    "pasting": pasting.measure,
    "batching": batching.measure,
    "overlap": overlap.measure,
    "chunking": chunking.measure,
    "joins": joins.measure,
    "memory": memory.measure,
}


def main() -> None:
    """Runs the measurements that were asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="NAME", choices=MEASUREMENTS, action="append", help="may be given again")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it runs; nothing is stored")
    options = parser.parse_args()
    quiet()
    console = Console()
    figures: list[Figure] = []
    names = options.only or list(MEASUREMENTS)
    for name in names:
        with console.status(name):
            figures += MEASUREMENTS[name](quick=options.quick)
        console.print(f"{name}: measured")
    results = Results(describe(), dict.fromkeys(names, commit()), tuple(figures))
    console.print(_table(results))
    if not options.quick:
        _store(results)


def _store(results: Results) -> None:
    if STORED.exists():
        results = results.replacing(Results.from_json(STORED.read_text()))
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(results.to_json())


def _table(results: Results) -> Table:
    table = Table("Measured", "Value", "Goal", "")
    for row in rows(results.figures):
        table.add_row(*row, style="red" if row[-1] == "not reached" else None)
    return table


main()
