"""What cutting a video into chunks costs: wall time of one process over chunks, against the same video as one chunk."""

from __future__ import annotations

from .clips import film
from .figures import Figure, Goal, median_ratio
from .workload import Workload, timed

FRAMES = 256
CASES = (("720p", (96,)), ("1080p", (64, 96, 128)))
"""Sizes of picture, and of chunks."""
GOAL = Goal("at most", 1.05)


def measure(*, quick: bool) -> list[Figure]:
    """The ratio for each size of picture and of chunks."""
    figures = []
    for size, chunks in CASES:
        workload = Workload.of(film(size, FRAMES))
        timed(workload)
        rounds = [_round(workload, chunks) for _ in range(1 if quick else 2)]
        for chunk_frames in chunks:
            pairs = [(each[chunk_frames], each[None]) for each in rounds]
            what = f"Wall time in chunks of {chunk_frames}, by that in one chunk, {size}"
            details = {"frames": FRAMES, "seconds": pairs}
            figures.append(Figure("chunking", what, median_ratio(pairs), goal=GOAL, details=details))
    return figures


def _round(workload: Workload, chunks: tuple[int, ...]) -> dict[int | None, float]:
    return {chunk_frames: timed(workload, chunk_frames).wall_seconds for chunk_frames in (None, *chunks)}
