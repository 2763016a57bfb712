"""What a run took is in its manifests and its report; where memory does not suffice the run says so, and what to do."""

from __future__ import annotations

import pytest

from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.pipeline.meter import total_usage
from support.clips import clip
from support.commands import Bench
from support.runs import manifest, run

FRAMES = 80


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """One clip in two chunks, by one worker."""
    root = tmp_path_factory.mktemp("usage")
    whole = run(manifest({"clip": clip("cfr", FRAMES)}, root / "out"), root / "store", chunk_frames=40)
    assert whole.complete
    return whole.outputs()["clip"]


def test_every_frame_and_face_went_through_a_model(output):
    calls = [each for chunk in output.chunks for each in chunk.usage.calls]
    detected = sum(each.size * each.count for each in calls if each.stage == "detect")
    swapped = sum(each.size * each.count for each in calls if each.stage == "swap")
    assert detected == FRAMES
    assert swapped == output.report.faces > 0
    assert max(each.size for each in calls if each.stage == "swap") <= output.chunks[0].batch


def test_the_device_was_busy_for_a_part_of_the_time_and_no_gpu_was_paid_for(output):
    for chunk in output.chunks:
        assert chunk.usage.devices == ("cpu",)
        assert 0 < chunk.usage.device_busy <= chunk.usage.elapsed
        assert chunk.usage.gpu_seconds == 0
        assert chunk.usage.peak_memory > 2**20


def test_the_report_has_it_all_together(output):
    assert output.report.usage == total_usage(chunk.usage for chunk in output.chunks)
    assert output.report.usage.elapsed > 0


def test_a_run_without_memory_for_its_models_fails_with_the_setting_that_bounds_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HYBRIDFACE_MODEL_MEMORY_MIB", "8")
    bench = Bench(tmp_path, manifest({"clip": clip("cfr", 3)}, tmp_path / "out", swapper="marker"))
    end = bench.run()
    assert end.status == 1
    assert "HYBRIDFACE_MODEL_MEMORY_MIB" in end.complaint
    assert bench.entries()["clip"].finding
    statuses = [event["status"] for event in end.of("worker.ended")]
    assert {status for status in statuses if status} == {ExitCode.OUT_OF_MEMORY}


def test_a_run_with_little_memory_halves_its_batches_and_makes_the_same(tmp_path, monkeypatch):
    """26 MiB hold both networks, one frame for the detector, and fewer than eight crops for the swapper's."""
    monkeypatch.setenv("HYBRIDFACE_THREADS", "1")
    target = {"clip": clip("cfr", 24)}
    roomy = run(manifest(target, tmp_path / "roomy"), tmp_path / "roomy-store").outputs()["clip"]
    monkeypatch.setenv("HYBRIDFACE_MODEL_MEMORY_MIB", "26")
    tight = run(manifest(target, tmp_path / "tight"), tmp_path / "tight-store").outputs()["clip"]
    assert roomy.report.usage.halvings == 0
    assert tight.report.usage.halvings > 0
    assert tight.chunks[0].batch < roomy.chunks[0].batch
    assert tight.chunks[0].sha256 == roomy.chunks[0].sha256
