"""The stored results: a JSON file, and the table that the documentation shows of it. Knows nothing of measuring."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .figures import Figure, Goal

STORED = Path(__file__).parent / "results" / "local.json"


@dataclass(frozen=True)
class Results:
    """Measurements on one machine, each of them side by side in one run."""

    machine: dict[str, Any]
    commits: dict[str, str]
    """Of the code that was measured, by measurement."""
    figures: tuple[Figure, ...]

    def replacing(self, stored: Results) -> Results:
        """These, and from the stored ones what was not measured now. Another machine's are dropped."""
        if stored.machine != self.machine:
            return self
        kept = [figure for figure in stored.figures if figure.measurement not in self.commits]
        commits = {**stored.commits, **self.commits}
        order = list(commits)
        figures = sorted([*self.figures, *kept], key=lambda figure: order.index(figure.measurement))
        return Results(self.machine, commits, tuple(figures))

    def to_json(self) -> str:
        """The file's text."""
        document = {
            "machine": self.machine,
            "commits": self.commits,
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
        return cls(document["machine"], document["commits"], figures)


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


def markdown(results: Results) -> str:
    """The machine in a sentence, and the table."""
    head = ["| Measured | Value | Goal | |", "|---|---|---|---|"]
    return "\n".join([_measured_on(results), "", *head, *(f"| {' | '.join(row)} |" for row in rows(results.figures))])


def _measured_on(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    commits = ", ".join(f"{name} at {commit}" for name, commit in results.commits.items())
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB of memory; {versions}; {commits}."


def _value(figure: Figure) -> str:
    return f"{figure.value:.3g} {figure.unit}".rstrip()


def _goal(figure: Figure) -> str:
    return f"{figure.goal.bound} {figure.goal.value:g} {figure.unit}".rstrip() if figure.goal else ""
