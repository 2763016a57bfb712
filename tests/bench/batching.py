"""What batches bring: faces per second of the built-in swapper in batches, against one at a time."""

from __future__ import annotations

import time
from statistics import median

import cv2
import numpy as np

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.swappers.load import load_swapper

from .figures import Figure, median_ratio
from .workload import BATCH, source

FACES = 64


def measure(*, quick: bool) -> list[Figure]:
    """The ratio, and the speed in batches."""
    cv2.setNumThreads(1)
    swapper = load_swapper(BUILT_IN["blend"])
    face = source(swapper.size)
    shades = np.linspace(0.6, 1.2, FACES)[:, None, None, None]
    crops = np.clip(face.crop[None] * shades, 0, 255).astype(np.uint8)

    def seconds(batch: int) -> float:
        since = time.perf_counter()
        for first in range(0, FACES, batch):
            swapper.swap(crops[first : first + batch], [face] * batch)
        return time.perf_counter() - since

    seconds(BATCH)
    pairs = [(seconds(1), seconds(BATCH)) for _ in range(2 if quick else 7)]
    speed = FACES / median(batched for _, batched in pairs)
    return [
        Figure("batching", f"Faces/s of `blend` in batches of {BATCH}, by those one at a time", median_ratio(pairs)),
        Figure("batching", f"`blend` in batches of {BATCH}", speed, "faces/s"),
    ]
