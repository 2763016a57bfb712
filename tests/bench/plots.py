"""Plots of the stored results, as SVG for the documentation. Each carries a digest of the figures that it shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from .figures import Figure
from .results import Results

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
STAGES = {"decode": "#93c5fd", "detect": "#2563eb", "swap": "#16a34a", "encode": "#94a3b8"}
OURS, THEIRS, GOAL = "#2563eb", "#cbd5e1", "#dc2626"

Draw = Callable[[Axes, Sequence[Figure]], None]


def overlap(axes: Axes, figures: Sequence[Figure]) -> None:
    """Of each case the stages' work by the cores, beside what the pipeline took; milliseconds a frame."""
    etas = [figure for figure in figures if figure.what.startswith("Overlap (eta), ")]
    cases = [figure.what.removeprefix("Overlap (eta), ") for figure in etas]
    named = {figure.what: figure for figure in figures}
    for row, (case, eta) in enumerate(zip(cases, etas, strict=True)):
        whole, left = 1000 / named[f"the pipeline, {case}"].value, 0.0
        for stage, colour in STAGES.items():
            width = named[f"{stage} alone, {case}"].details["core_milliseconds_a_frame"] / 2 / whole
            axes.barh(row - 0.18, width, 0.34, left, color=colour, label=stage if row == 0 else None)
            left += width
        axes.barh(row + 0.18, 1, 0.34, color="#e2e8f0", label="the pipeline" if row == 0 else None)
        axes.text(1.01, row, f"η {eta.value:.2f}\n{whole:.0f} ms", va="center")
    axes.axvline(0.9, color=GOAL, linewidth=1, linestyle="--", label="goal of η")
    axes.set_yticks(range(len(cases)), cases)
    axes.set_xlim(0, 1.16)
    axes.invert_yaxis()
    axes.set_xlabel("core time of the stages alone, by two cores and by the pipeline's time")
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=6, frameon=False)


def peer(axes: Axes, figures: Sequence[Figure]) -> None:
    """Frames per second with each stand-in, ours and theirs."""
    speeds = [figure for figure in figures if figure.what.startswith("Speed with the ")]
    for place, figure in enumerate(speeds):
        ours, theirs = (figure.details[f"{who}_frames_per_second"] for who in ("ours", "theirs"))
        for shift, value, colour in ((-0.2, theirs, THEIRS), (0.2, ours, OURS)):
            bar = axes.bar(place + shift, value, 0.38, color=colour)
            axes.bar_label(bar, [f"{value:.3g}"])
    names = [figure.what.removeprefix("Speed with the ").partition(" stand-in")[0] for figure in speeds]
    axes.set_xticks(
        range(len(speeds)), [f"{name}: {each.value:.2f} times" for name, each in zip(names, speeds, strict=True)]
    )
    axes.set_yscale("log")
    axes.set_ylabel("frames/s, 1080p")
    axes.margins(y=0.15)
    for label, colour in (("a loop of insightface's classes", THEIRS), ("this worker", OURS)):
        axes.bar(0, 0, color=colour, label=label)
    axes.legend(frameon=False)


PLOTS: dict[str, tuple[Draw, tuple[float, float]]] = {"overlap": (overlap, (8.0, 4.2)), "peer": (peer, (7.0, 3.6))}
"""By measurement: what draws it, and its size in inches."""


def shown(results: Results, measurement: str) -> list[Figure]:
    """The figures that a plot is drawn from."""
    return [figure for figure in results.figures if figure.measurement == measurement]


def digest(figures: Sequence[Figure]) -> str:
    """Of all that they say."""
    said: list[Any] = [[figure.what, figure.value, dict(figure.details)] for figure in figures]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def file_of(measurement: str) -> Path:
    """Where a plot lies."""
    return ASSETS / f"performance-{measurement}.svg"


def write(results: Results) -> None:
    """Draws every plot whose measurement is stored."""
    for measurement, (draw, size) in PLOTS.items():
        figures = shown(results, measurement)
        if figures:
            _write(measurement, draw, size, figures)


def _write(measurement: str, draw: Draw, size: tuple[float, float], figures: Sequence[Figure]) -> None:
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": measurement, "font.size": 9}):
        canvas = Canvas(figsize=size, layout="constrained")
        axes = canvas.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes, figures)
        canvas.savefig(file_of(measurement), metadata={"Date": None, "Description": digest(figures)})
