"""How well the stages overlap: the least time that their work could take, by the time that the pipeline takes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .clips import film
from .figures import Cost, Figure, Goal, eta
from .machine import Others
from .stages import Stages
from .workload import Workload, cores, timed

FRAMES = 300
ROUNDS, MOST_ROUNDS = 3, 8
QUIET_CORES = 0.15
"""A round in which other processes took more of the machine is repeated: T_ideal counts on all of it."""
GOAL = Goal("at least", 0.9)


@dataclass(frozen=True)
class Round:
    """Every stage alone, then the pipeline."""

    costs: list[Cost]
    seconds: float
    others: float
    """Cores that other processes took meanwhile."""

    @property
    def eta(self) -> float:
        """T_ideal / T_pipe."""
        return eta(self.costs, cores(), self.seconds)


def measure(*, quick: bool) -> list[Figure]:
    """Eta at two sizes, and beside it each stage's own speed."""
    return [figure for size in ("720p", "1080p") for figure in _measure(size, 1 if quick else ROUNDS)]


def _measure(size: str, wanted: int) -> list[Figure]:
    workload = Workload.of(film(size, FRAMES))
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        stages = Stages(workload, Path(folder) / "alone")
        timed(workload)
        while len(rounds) < MOST_ROUNDS and sum(each.others <= QUIET_CORES for each in rounds) < wanted:
            rounds.append(_round(stages, workload))
    quietest = sorted(rounds, key=lambda each: each.others)[:wanted]
    details = {
        "frames": FRAMES,
        "rounds": [{"eta": each.eta, "cores_of_other_processes": each.others} for each in rounds],
        "rounds_taken": len(quietest),
    }
    speed = FRAMES / median(each.seconds for each in quietest)
    return [
        Figure("overlap", f"Overlap (eta), {size}", median(each.eta for each in quietest), goal=GOAL, details=details),
        *_speeds(size, [each.costs for each in quietest]),
        Figure("overlap", f"the pipeline, {size}", speed, "frames/s"),
    ]


def _round(stages: Stages, workload: Workload) -> Round:
    with Others() as others:
        costs, seconds = stages.costs(), timed(workload).wall_seconds
    return Round(costs, seconds, others.cores)


def _speeds(size: str, rounds: Sequence[Sequence[Cost]]) -> list[Figure]:
    figures = []
    for same in zip(*rounds, strict=True):
        core = median(cost.core_seconds for cost in same) / FRAMES * 1000
        speed = FRAMES / median(cost.wall_seconds for cost in same)
        what = f"{same[0].stage} alone, {size}"
        figures.append(Figure("overlap", what, speed, "frames/s", details={"core_milliseconds_a_frame": core}))
    return figures
