"""How well the stages overlap: the least time that their work could take, by the time that the pipeline takes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hybridface_worker.contract.catalogue import BUILT_IN

from .clips import film
from .figures import Cost, Figure, Goal, eta
from .machine import Others, cores
from .setups import Setup, SwapperName
from .stages import Stages
from .workload import Workload, timed

FRAMES = 300
ROUNDS, MOST_ROUNDS = 2, 3
QUIET_CORES = 0.15
"""A round in which other processes took more of the machine is repeated: T_ideal counts on all of it."""
GOAL = Goal("at least", 0.9)


@dataclass(frozen=True)
class Case:
    """What is measured: a size of picture, a swapper, and so many frames."""

    size: str
    swapper: SwapperName
    frames: int

    def __str__(self) -> str:
        return f"{self.size}, {self.swapper if self.swapper in BUILT_IN else f'{self.swapper} stand-in'}"


CASES = (
    Case("720p", "blend", 250),
    Case("1080p", "blend", 200),
    Case("1080p", "tiny", 150),
    Case("1080p", "middling", 100),
    Case("1080p", "full", 16),
)


@dataclass(frozen=True)
class Round:
    """Every stage alone, then the pipeline."""

    costs: list[Cost]
    seconds: float
    core_seconds: float
    """Of the pipeline."""
    others: float
    """Cores that other processes took meanwhile."""

    @property
    def eta(self) -> float:
        """T_ideal / T_pipe."""
        return eta(self.costs, cores(), self.seconds)


def measure(*, quick: bool) -> list[Figure]:
    """Eta for every case, and beside it each stage's own speed."""
    return [figure for case in CASES for figure in _measure(case, 1 if quick else ROUNDS)]


def _measure(case: Case, wanted: int) -> list[Figure]:
    workload = Workload.of(film(case.size, FRAMES)).first(case.frames)
    setup = Setup(case.swapper)
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        stages = Stages(workload, Path(folder) / "alone", setup)
        while len(rounds) < MOST_ROUNDS and sum(each.others <= QUIET_CORES for each in rounds) < wanted:
            rounds.append(_round(stages, workload, setup))
    quietest = sorted(rounds, key=lambda each: each.others)[:wanted]
    details = {
        "frames": case.frames,
        "rounds": [{"eta": each.eta, "cores_of_other_processes": each.others} for each in rounds],
        "rounds_taken": len(quietest),
        "core_milliseconds_a_frame": median(each.core_seconds for each in quietest) / case.frames * 1000,
    }
    speed = case.frames / median(each.seconds for each in quietest)
    eta_figure = Figure(
        "overlap", f"Overlap (eta), {case}", median(each.eta for each in quietest), goal=GOAL, details=details
    )
    return [
        eta_figure,
        *_speeds(case, [each.costs for each in quietest]),
        Figure("overlap", f"the pipeline, {case}", speed, "frames/s"),
    ]


def _round(stages: Stages, workload: Workload, setup: Setup) -> Round:
    with Others() as others:
        costs, done = stages.costs(), timed(workload, setup=setup)
    return Round(costs, done.wall_seconds, done.core_seconds, others.cores)


def _speeds(case: Case, rounds: Sequence[Sequence[Cost]]) -> list[Figure]:
    figures = []
    for same in zip(*rounds, strict=True):
        core = median(cost.core_seconds for cost in same) / case.frames * 1000
        speed = case.frames / median(cost.wall_seconds for cost in same)
        what = f"{same[0].stage} alone, {case}"
        figures.append(Figure("overlap", what, speed, "frames/s", details={"core_milliseconds_a_frame": core}))
    return figures
