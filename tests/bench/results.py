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
    """One run of the measurements."""

    machine: dict[str, Any]
    figures: tuple[Figure, ...]

    def to_json(self) -> str:
        """The file's text."""
        document = {"machine": self.machine, "figures": [asdict(figure) for figure in self.figures]}
        return json.dumps(_rounded(document), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Results:
        """Reads what `to_json` wrote."""
        document = json.loads(text)
        figures = tuple(
            Figure(**{**figure, "goal": Goal(**figure["goal"]) if figure["goal"] else None})
            for figure in document["figures"]
        )
        return cls(document["machine"], figures)


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
    return "\n".join(
        [_machine(results.machine), "", *head, *(f"| {' | '.join(row)} |" for row in rows(results.figures))]
    )


def _machine(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB of memory; {versions}; "
        f"commit {machine['commit']}."
    )


def _value(figure: Figure) -> str:
    return f"{figure.value:.3g} {figure.unit}".rstrip()


def _goal(figure: Figure) -> str:
    return f"{figure.goal.bound} {figure.goal.value:g} {figure.unit}".rstrip() if figure.goal else ""
