"""What a measurement says: a figure, and the goal that it is held to. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any, Literal


@dataclass(frozen=True)
class Goal:
    """At most or at least a value."""

    bound: Literal["at most", "at least"]
    value: float

    def holds(self, value: float) -> bool:
        """Whether the value reaches it."""
        return value <= self.value if self.bound == "at most" else value >= self.value


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    measurement: str
    what: str
    value: float
    unit: str = ""
    goal: Goal | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """What it was made of."""

    @property
    def verdict(self) -> str:
        """`reached`, `not reached`, or nothing where there is no goal."""
        if self.goal is None:
            return ""
        return "reached" if self.goal.holds(self.value) else "not reached"


def median_ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """The median of quotients of values that were measured side by side.

    Raises:
        ValueError: there are none.
    """
    return median([above / below for above, below in pairs])


@dataclass(frozen=True)
class Cost:
    """Of one stage alone over a whole clip."""

    stage: str
    wall_seconds: float
    core_seconds: float


def ideal_seconds(costs: Iterable[Cost], cores: int) -> float:
    """T_ideal: no pipeline is quicker than all the work on all cores, nor than its slowest stage alone."""
    costs = list(costs)
    return max(sum(cost.core_seconds for cost in costs) / cores, *(cost.wall_seconds for cost in costs))


def eta(costs: Iterable[Cost], cores: int, pipeline_seconds: float) -> float:
    """T_ideal / T_pipe: 1 where the stages overlap perfectly."""
    return ideal_seconds(costs, cores) / pipeline_seconds


def steps(quality: Sequence[float], joins: Iterable[int], reach: int) -> list[float]:
    """At each join, by how much the mean of `reach` frames from it on differs from that of as many before it."""
    return [abs(fmean(quality[at : at + reach]) - fmean(quality[at - reach : at])) for at in joins]
