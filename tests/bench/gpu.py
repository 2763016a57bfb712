"""`make bench-gpu`: how busy a GPU is kept, and how fast it is, where there is one.

Where there is none it says so and ends with status 1: nothing was measured, and nobody should take it for done.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.inference.busy import Busy
from hybridface_worker.inference.device import DeviceName, choose
from hybridface_worker.inference.gpu import compute_capability
from hybridface_worker.inference.runtime import available_providers

from .batching import measure_one
from .clips import film
from .figures import Figure, Goal
from .machine import commit, describe
from .quiet import quiet
from .results import STORED, Results, table
from .setups import Setup
from .workload import Workload

DEVICES: tuple[DeviceName, ...] = ("cuda", "tensorrt")
FRAMES = 300
BUSY, SPEED, BATCHED = Goal("at least", 0.8), Goal("at least", 120), Goal("at least", 2)


def main() -> int:
    """Measures with the full stand-in and a restorer's, by CUDA and by TensorRT where there are both."""
    quiet()
    console = Console()
    figures: list[Figure] = []
    for name in DEVICES:
        try:
            choose(name, available_providers())
            figures += _measure(Setup("full", restores=True, device=name))
        except LacksPlanError as error:
            console.print(f"{name}: {error.message}", soft_wrap=True)
    if not figures:
        console.print("Nothing was measured: there is no GPU here that this ONNX Runtime can use.")
        return 1
    machine = {**describe(), "gpu_compute_capability": compute_capability()}
    results = Results.of(machine, dict.fromkeys((figure.measurement for figure in figures), commit()), figures)
    console.print(table(results.figures))
    file = STORED.with_name("gpu.json")
    file.write_text(results.to_json())
    console.print(f"stored in {file.name}")
    return 0


def _measure(setup: Setup) -> list[Figure]:
    workload, busy = Workload.of(film("1080p", FRAMES)), Busy()
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        workload.first(32).run(Path(folder) / "first", setup=setup, busy=busy)  # engines are built, memory is taken
        before = busy.seconds
        wall = workload.run(Path(folder) / "job", setup=setup, busy=busy).wall_seconds
    name, share = f"gpu-{setup.device}", (busy.seconds - before) / wall
    return [
        Figure(name, f"Device busy, 1080p, full stand-in and restorer, {setup.device}", share, goal=BUSY),
        Figure(name, f"Speed, one face, 1080p, {setup.device}", FRAMES / wall, "frames/s", goal=SPEED),
        *measure_one(setup, 64, 3, goal=BATCHED),
    ]


if __name__ == "__main__":
    sys.exit(main())
