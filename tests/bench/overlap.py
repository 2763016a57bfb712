"""How well the stages overlap: the least time that their work could take, by the time that the pipeline takes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from .clips import film
from .figures import Cost, Figure, Goal, eta
from .machine import Others
from .stages import Stages
from .workload import Workload, cores, timed

FRAMES = 300
GOAL = Goal("at least", 0.9)


def measure(*, quick: bool) -> list[Figure]:
    """Eta at two sizes, and beside it each stage's own speed."""
    return [figure for size in ("720p", "1080p") for figure in _measure(size, 1 if quick else 3)]


def _measure(size: str, rounds: int) -> list[Figure]:
    workload = Workload.of(film(size, FRAMES))
    costs: list[list[Cost]] = []
    seconds: list[float] = []
    others: list[float] = []
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        stages = Stages(workload, Path(folder) / "alone")
        timed(workload)
        for _ in range(rounds):
            with Others() as others_now:
                costs.append(stages.costs())
                seconds.append(timed(workload).wall_seconds)
            others.append(round(others_now.cores, 3))
    etas = [eta(each, cores(), taken) for each, taken in zip(costs, seconds, strict=True)]
    details = {"frames": FRAMES, "rounds": etas, "cores_of_other_processes": others}
    return [
        Figure("overlap", f"Overlap (eta), {size}", median(etas), goal=GOAL, details=details),
        *_speeds(size, costs),
        Figure("overlap", f"The pipeline, {size}", FRAMES / median(seconds), "frames/s"),
    ]


def _speeds(size: str, rounds: Sequence[Sequence[Cost]]) -> list[Figure]:
    figures = []
    for same in zip(*rounds, strict=True):
        core = median(cost.core_seconds for cost in same) / FRAMES * 1000
        speed = FRAMES / median(cost.wall_seconds for cost in same)
        what = f"{same[0].stage} alone, {size}"
        figures.append(Figure("overlap", what, speed, "frames/s", details={"core_milliseconds_a_frame": core}))
    return figures
