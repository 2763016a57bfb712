"""The stored results: a JSON file, and the table that the documentation shows of it. Knows nothing of measuring."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from .figures import Figure, Goal

STORED = Path(__file__).parent / "results" / "local.json"


@dataclass(frozen=True)
class Measured:
    """On what a measurement was made."""

    machine: dict[str, Any]
    commit: str
    """Of the code that was measured."""


@dataclass(frozen=True)
class Results:
    """Measurements, each of them side by side in one run on one machine."""

    measured: dict[str, Measured]
    """By measurement."""
    figures: tuple[Figure, ...]

    @classmethod
    def of(cls, machine: dict[str, Any], commits: dict[str, str], figures: Sequence[Figure]) -> Results:
        """Measurements of one run."""
        return cls({name: Measured(machine, commit) for name, commit in commits.items()}, tuple(figures))

    def replacing(self, stored: Results) -> Results:
        """These, and from the stored ones what was not measured now."""
        kept = [figure for figure in stored.figures if figure.measurement not in self.measured]
        measured = {**stored.measured, **self.measured}
        order = list(measured)
        figures = sorted([*self.figures, *kept], key=lambda figure: order.index(figure.measurement))
        return Results(measured, tuple(figures))

    def to_json(self) -> str:
        """The file's text."""
        document = {
            "measured": {name: asdict(each) for name, each in self.measured.items()},
            "figures": [asdict(figure) for figure in self.figures],
        }
        return json.dumps(_rounded(document), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Results:
        """Reads what `to_json` wrote."""
        document = json.loads(text)
        figures = tuple(
            Figure(**{**figure, "goal": Goal(**figure["goal"]) if figure["goal"] else None})
            for figure in document["figures"]
        )
        return cls({name: Measured(**each) for name, each in document["measured"].items()}, figures)


def _rounded(value: Any) -> Any:
    """Five significant digits say all that a measurement knows."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def rows(figures: Sequence[Figure]) -> list[tuple[str, str, str, str]]:
    """What, value, goal and verdict of each figure, in words."""
    return [(figure.what, _value(figure), _goal(figure), figure.verdict) for figure in figures]


def table(figures: Sequence[Figure]) -> Table:
    """For a terminal."""
    drawn = Table("Measured", "Value", "Goal", "")
    for row in rows(figures):
        drawn.add_row(*row, style="red" if row[-1] == "not reached" else None)
    return drawn


def markdown(results: Results) -> str:
    """Each machine in a sentence, and the table of what was measured on it."""
    parts: list[str] = []
    for machine in _machines(results):
        own = {name: each.commit for name, each in results.measured.items() if each.machine == machine}
        figures = [figure for figure in results.figures if figure.measurement in own]
        head = ["| Measured | Value | Goal | |", "|---|---|---|---|"]
        lines = [f"| {' | '.join(row)} |" for row in rows(figures)]
        parts.append("\n".join([_measured_on(machine, own), "", *head, *lines]))
    return "\n\n".join(parts)


def _machines(results: Results) -> list[dict[str, Any]]:
    """Each once, in order."""
    found: list[dict[str, Any]] = []
    for each in results.measured.values():
        if each.machine not in found:
            found.append(each.machine)
    return found


def _measured_on(machine: dict[str, Any], commits: dict[str, str]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    of = ", ".join(f"{name} at {commit}" for name, commit in commits.items())
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB of memory; {versions}; {of}."


def _value(figure: Figure) -> str:
    return f"{figure.value:.3g} {figure.unit}".rstrip()


def _goal(figure: Figure) -> str:
    return f"{figure.goal.bound} {figure.goal.value:g} {figure.unit}".rstrip() if figure.goal else ""
