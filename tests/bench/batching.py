"""What batches bring: faces per second of a swapper in batches, against one at a time."""

from __future__ import annotations

import time
from statistics import median

import cv2
import numpy as np

from hybridface_worker.swappers.protocol import Crops, Source

from .figures import Figure, Goal, median_ratio
from .machine import cores
from .setups import BATCH, Setup, SwapperName, source, swapper_of

CASES: tuple[tuple[SwapperName, int, int], ...] = (
    ("blend", 64, 5),
    ("tiny", 128, 5),
    ("middling", 32, 2),
    ("full", 8, 1),
)
"""Swapper, faces, and rounds."""


def measure(*, quick: bool) -> list[Figure]:
    """For each swapper the ratio, and the speed in batches."""
    cv2.setNumThreads(1)
    return [
        figure for name, faces, rounds in CASES for figure in measure_one(Setup(name), faces, 1 if quick else rounds)
    ]


def measure_one(setup: Setup, faces: int, rounds: int, goal: Goal | None = None) -> list[Figure]:
    """The ratio and the speed of one swapper; on processors there is no goal."""
    swapper = swapper_of(setup.swapper, setup.options(cores()))
    face = source(swapper.size)
    crops = shaded(face, faces)

    def seconds(batch: int) -> float:
        since = time.perf_counter()
        for first in range(0, faces, batch):
            swapper.swap(crops[first : first + batch], [face] * batch)
        return time.perf_counter() - since

    swapper.swap(crops[:BATCH], [face] * BATCH)
    pairs = [(seconds(1), seconds(BATCH)) for _ in range(rounds)]
    speed = faces / median(batched for _, batched in pairs)
    what = f"`{setup.swapper}`" if setup.swapper == "blend" else f"the {setup.swapper} stand-in"
    measurement = "batching"
    if setup.device != "cpu":
        measurement = setup.measurement
        what = f"{what}, {measurement.removeprefix('gpu-')},"
    ratio = median_ratio(pairs)
    return [
        Figure(measurement, f"Faces/s of {what} in batches of {BATCH}, by those one at a time", ratio, goal=goal),
        Figure(measurement, f"{what} in batches of {BATCH}", speed, "faces/s"),
    ]


def shaded(face: Source, count: int) -> Crops:
    """So many crops of a face, from dark to bright."""
    shades = np.linspace(0.6, 1.2, count)[:, None, None, None]
    return np.clip(face.crop[None] * shades, 0, 255).astype(np.uint8)
