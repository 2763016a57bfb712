"""Plots are of the stored results, whichever those are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import plots
from bench.results import STORED, Results

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "performance.md"
RESULTS = Results.from_json(STORED.read_text())


@pytest.mark.parametrize("measurement", plots.PLOTS)
def test_a_plot_shows_what_is_stored(measurement):
    figures = plots.shown(RESULTS, measurement)
    assert figures
    assert plots.digest(figures) in plots.file_of(measurement).read_text()
    assert f"../assets/performance-{measurement}.svg" in PAGE.read_text()


def test_values_are_written_into_the_plots(tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "ASSETS", tmp_path)
    plots.write(RESULTS)
    for measurement in plots.PLOTS:
        drawn = plots.file_of(measurement).read_text()
        for figure in plots.shown(RESULTS, measurement):
            if figure.what.startswith(("Overlap", "Speed")):
                assert f"{figure.value:.2f}" in drawn


def test_another_figure_is_another_plot():
    figures = plots.shown(RESULTS, "overlap")
    assert plots.digest(figures) != plots.digest(figures[1:])
