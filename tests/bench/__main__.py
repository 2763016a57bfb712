"""`make bench`: measures what the project promises, side by side in one run, and stores the figures.

Each measurement is a module with `measure(quick=...)`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console

from . import (
    batching,
    chunking,
    control_plane,
    images,
    joins,
    memory,
    overlap,
    pasting,
    peer,
    placing,
    routing,
    starting,
)
from .figures import Figure
from .machine import commit, describe
from .quiet import quiet
from .results import STORED, Results, table

MEASUREMENTS: dict[str, Callable[..., list[Figure]]] = {
    "pasting": pasting.measure,
    "batching": batching.measure,
    "overlap": overlap.measure,
    "images": images.measure,
    "peer": peer.measure,
    "starting": starting.measure,
    "chunking": chunking.measure,
    "joins": joins.measure,
    "memory": memory.measure,
    "routing": routing.measure,
    "control-plane": control_plane.measure,
    "placing": placing.measure,
}


def main() -> None:
    """Runs the measurements that were asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="NAME", choices=MEASUREMENTS, action="append", help="may be given again")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it runs; nothing is stored")
    options = parser.parse_args()
    quiet()
    console, machine, measured = Console(), describe(), commit()
    figures: list[Figure] = []
    for name in options.only or MEASUREMENTS:
        with console.status(name):
            own = MEASUREMENTS[name](quick=options.quick)
        console.print(f"{name}: measured")
        figures += own
        if not options.quick:  # at once: what is broken off keeps what it has
            _store(Results.of(machine, {name: measured}, own))
    console.print(table(figures))


def _store(results: Results) -> None:
    if STORED.exists():
        results = results.replacing(Results.from_json(STORED.read_text()))
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(results.to_json())


main()
