"""`make bench-gpu`: how busy a GPU is kept, how fast it is and how near to processors, where there is one.

Where there is none it says so and ends with status 1: nothing was measured, and nobody should take it for done. Figures
are stored as they come: what is broken off, or fails in one way of using the GPU, keeps what it has.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.inference.busy import Busy
from hybridface_worker.inference.device import choose
from hybridface_worker.inference.gpu import compute_capability
from hybridface_worker.inference.runtime import available_providers

from .batching import measure_one, shaded
from .clips import film
from .driver import Utilisation, gpu
from .figures import Figure, Goal
from .machine import commit, cores, describe
from .quiet import quiet
from .results import STORED, Results, table
from .setups import Setup, source, swapper_of
from .workload import Workload

SETUPS = (
    Setup("full", restores=True, device="cuda"),
    Setup("full", restores=True, device="cuda", graphs=True),
    Setup("full", restores=True, device="tensorrt"),
)
"""The quickest to start first: TensorRT builds its engines for minutes."""
FRAMES, WARM_UP_FRAMES = 300, 32
COMPARED_FACES = 4
BUSY, SPEED, BATCHED, NEAR = Goal("at least", 0.8), Goal("at least", 120), Goal("at least", 2), Goal("at most", 1)


def main() -> int:
    """Measures with the full stand-in and a restorer's, by CUDA, by recorded graphs, and by TensorRT."""
    quiet()
    console, file = Console(), STORED.with_name("gpu.json")
    machine = {**describe(), "gpu": gpu(), "gpu_compute_capability": compute_capability()}
    figures: list[Figure] = []
    for setup in SETUPS:
        try:
            choose(setup.device, available_providers())
            for measured in _measurements(setup):
                figures += measured
                names = dict.fromkeys((figure.measurement for figure in figures), commit())
                file.write_text(Results.of(machine, names, figures).to_json())
                console.print(table(measured))
        except LacksPlanError as error:
            console.print(f"{setup.measurement}: {error.message}", soft_wrap=True)
        except Exception:  # noqa: BLE001  # whatever it is, other ways of using the GPU may work
            console.print(f"{setup.measurement} failed:")
            console.print_exception()
    if not figures:
        console.print("Nothing was measured: there is no GPU here that this ONNX Runtime can use.")
        return 1
    console.print(f"stored in {file.name}")
    return 0


def _measurements(setup: Setup) -> Iterator[list[Figure]]:
    """Each of them as soon as it is there."""
    yield _nearness(setup)
    yield measure_one(setup, 64, 3, goal=BATCHED)
    yield _pipeline(setup)


def _nearness(setup: Setup) -> list[Figure]:
    """How long a start takes, and how far samples lie from those that processors make."""
    since = time.perf_counter()
    swapper = swapper_of(setup.swapper, setup.options(cores()))
    started = time.perf_counter() - since
    face = source(swapper.size)
    crops, faces = shaded(face, COMPARED_FACES), [face] * COMPARED_FACES
    expected = swapper_of(setup.swapper, Setup(setup.swapper).options(cores())).swap(crops, faces)
    off = np.abs(swapper.swap(crops, faces).astype(int) - expected.astype(int))
    what = f"the {setup.swapper} stand-in, {setup.measurement.removeprefix('gpu-')}"
    return [
        Figure(setup.measurement, f"Start of {what}", started, "s"),
        Figure(
            setup.measurement,
            f"Largest distance of a sample from processors', of 255, {what}",
            float(off.max()),
            goal=NEAR,
        ),
        Figure(setup.measurement, f"Samples that differ from processors', {what}", float((off > 0).mean())),
    ]


def _pipeline(setup: Setup) -> list[Figure]:
    workload, busy, driver = Workload.of(film("1080p", FRAMES)), Busy(), Utilisation()
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        workload.first(WARM_UP_FRAMES).run(Path(folder) / "first", setup=setup, busy=busy)  # memory is taken
        before = busy.seconds
        with driver:
            wall = workload.run(Path(folder) / "job", setup=setup, busy=busy).wall_seconds
    what = f"1080p, full stand-in and restorer, {setup.measurement.removeprefix('gpu-')}"
    figures = [
        Figure(
            setup.measurement, f"Device busy, seen from the host, {what}", (busy.seconds - before) / wall, goal=BUSY
        ),
        Figure(setup.measurement, f"Speed, one face, {what}", FRAMES / wall, "frames/s", goal=SPEED),
    ]
    if driver.share is not None:
        figures.append(Figure(setup.measurement, f"Device busy, as its driver says, {what}", driver.share))
    return figures


if __name__ == "__main__":
    sys.exit(main())
