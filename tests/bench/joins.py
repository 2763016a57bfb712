"""What a viewer could see of chunks: how quality steps at their joins, against the same frames coded in one chunk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import av
import numpy as np
import numpy.typing as npt

from .clips import film
from .figures import Figure, Goal, steps
from .setups import Setup
from .workload import Done, Workload

FRAMES, CHUNK_FRAMES = 384, 96
REACH = 4
"""Frames on each side of a join that are looked at."""
GOAL = Goal("at most", 0.5)

Decibels = list[float]
"""PSNR of each frame's luma."""


def measure(*, quick: bool) -> list[Figure]:
    """The step in dB, at the plan's quality `high`."""
    frames = FRAMES // 2 if quick else FRAMES
    workload = Workload.of(film("720p", frames))
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        one = _quality(workload, workload.run(Path(folder) / "one", setup=Setup("identity")))
        chunked = _quality(workload, workload.run(Path(folder) / "many", CHUNK_FRAMES, setup=Setup("identity")))
    joins = workload.unit(CHUNK_FRAMES).boundaries[1:-1]
    at_joins, same_places = steps(chunked, joins, REACH), steps(one, joins, REACH)
    value = fmean(at_joins) - fmean(same_places)
    details = {
        "frames_on_each_side": REACH,
        "steps_in_chunks": at_joins,
        "steps_in_one_chunk": same_places,
        "mean_psnr": [fmean(chunked), fmean(one)],
    }
    what = f"Step of quality at joins of chunks of {CHUNK_FRAMES}, beyond that in one chunk"
    return [Figure("joins", what, value, "dB", goal=GOAL, details=details)]


def _quality(workload: Workload, done: Done) -> Decibels:
    """PSNR of what a lossy run without swapping left, against the video that it was given."""
    chunks = (done.folder / (chunk.data or "") for chunk in done.chunks)
    coded = (frame for path in chunks for frame in _luma(path))
    pairs = zip(_luma(workload.path), coded, strict=True)
    return [_psnr(before, after) for before, after in pairs]


def _luma(path: Path) -> Iterator[npt.NDArray[np.float64]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray()[: frame.height].astype(np.float64)


def _psnr(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> float:
    return float(10 * np.log10(255**2 / max(((before - after) ** 2).mean(), 1e-9)))
