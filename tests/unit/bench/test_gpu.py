"""`make bench-gpu` runs once in a while, on a machine that is there for minutes: what it has measured is kept."""

from __future__ import annotations

import pytest

import bench.gpu
from bench.figures import Figure
from bench.machine import describe
from bench.results import Results
from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason


@pytest.fixture(autouse=True)
def own(monkeypatch, tmp_path):
    """Neither the project's figures nor what other tests hear of logs."""
    monkeypatch.setattr(bench.gpu, "STORED", tmp_path / "local.json")
    monkeypatch.setattr(bench.gpu, "quiet", lambda: None)


def stored(tmp_path):
    return {figure.what for figure in Results.from_json((tmp_path / "gpu.json").read_text()).figures}


def test_what_one_way_of_using_the_gpu_fails_at_does_not_cost_the_figures_that_are_there(monkeypatch, tmp_path):
    def measurements(setup):
        if setup.device == "tensorrt":
            raise LacksPlanError(Reason.LACKS_PLAN, "its libraries are not here")
        yield [Figure(setup.measurement, f"first, {setup.measurement}", 1.0)]
        assert f"first, {setup.measurement}" in stored(tmp_path)
        if not setup.graphs:
            raise RuntimeError("CUDA failure 999")
        yield [Figure(setup.measurement, f"second, {setup.measurement}", 1.0)]

    monkeypatch.setattr(bench.gpu, "choose", lambda *_: None)
    monkeypatch.setattr(bench.gpu, "_measurements", measurements)
    assert bench.gpu.main() == 0
    assert stored(tmp_path) == {"first, gpu-cuda", "first, gpu-cuda-graphs", "second, gpu-cuda-graphs"}


def test_where_no_gpu_is_nothing_is_stored_and_nobody_takes_it_for_done(monkeypatch, tmp_path):
    monkeypatch.setattr(bench.gpu, "available_providers", lambda: frozenset({"CPUExecutionProvider"}))
    assert bench.gpu.main() == 1
    assert not list(tmp_path.iterdir())


def test_a_machine_is_described_by_the_packages_that_are_there(monkeypatch):
    monkeypatch.setattr("bench.machine.PACKAGES", ("numpy", "no-such-package"))
    assert [*describe()["versions"]] == ["Python", "numpy"]
