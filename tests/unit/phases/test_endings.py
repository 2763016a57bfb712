"""How the command ends where something ends a phase."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import cv2
import pytest
from structlog.testing import capture_logs

from hybridface_worker import cli
from hybridface_worker.contract import layout
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.reasons import Reason
from write_formats import golden


@pytest.fixture(autouse=True)
def _handler_of_the_tests() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("command", ["_run_phase", "_run_preload", "_run_faces"])
def test_a_worker_that_is_told_to_stop_before_it_has_its_task_ends_at_once(monkeypatch, command):
    """As process 1 of a container it would go on otherwise, until its grace is over."""
    monkeypatch.setattr(cli, "configure", lambda: None)
    monkeypatch.setattr(cli, command, lambda *_: signal.raise_signal(signal.SIGTERM))
    words = {"_run_phase": ["swap"], "_run_preload": ["preload"], "_run_faces": ["faces"]}[command]
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "file:///job/attempts/000001.json"])
    assert ended.value.code == ExitCode.TERMINATED


def test_opencv_starts_no_threads_beside_those_of_the_settings(monkeypatch):
    monkeypatch.setattr(cli, "configure", lambda: None)
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        assert cli.main(["merge", "file:///job/plan.json", "--shard", "0"]) == ExitCode.BAD_TASK
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize("error", [MemoryError(), KeyError("no")])
def test_memory_that_runs_out_is_told_from_a_defect(monkeypatch, error):
    def run(*_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "configure", lambda: None)
    monkeypatch.setattr(cli, "_run_phase", run)
    with capture_logs() as logs:
        status = cli.main(["swap", "file:///job/attempts/000001.json", "--shard", "0"])
    out_of_memory = isinstance(error, MemoryError)
    assert status == (ExitCode.OUT_OF_MEMORY if out_of_memory else ExitCode.DEFECT)
    assert logs[0]["reason"] == (Reason.OUT_OF_MEMORY if out_of_memory else Reason.DEFECT)
    assert ("HYBRIDFACE_BATCH" in logs[0]["message"]) == out_of_memory


def test_a_job_whose_folder_has_lost_a_document_is_not_tried_for_ever(monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "configure", lambda: None)
    (tmp_path / "attempts").mkdir()
    task = (tmp_path / "attempts/000001.json").as_uri()
    with capture_logs() as logs:
        assert cli.main(["swap", task, "--shard", "0"]) == ExitCode.BAD_TASK
    assert logs[0]["reason"] == Reason.BAD_TASK
    assert task in logs[0]["message"]
    assert "delete the job and apply it again" in logs[0]["message"]


TASK = layout.attempt(3)
FOLDER = {
    TASK: "attempt-swap",
    layout.PLAN: "plan",
    layout.INPUTS: "inputs",
    layout.probe_result(0): "probe-result",
}


@pytest.mark.parametrize("key", FOLDER)
def test_a_worker_works_by_nothing_that_says_more_than_it_knows(monkeypatch, tmp_path, key):
    """What it does not know may be what forbids the work."""
    monkeypatch.setattr(cli, "configure", lambda: None)
    for name, example in FOLDER.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        document = json.loads(golden(example)) | ({"onlyByNight": True} if name == key else {})
        (tmp_path / name).write_text(json.dumps(document))
    with capture_logs() as logs:
        assert cli.main(["swap", (tmp_path / TASK).as_uri(), "--shard", "0"]) == ExitCode.BAD_TASK
    assert logs[-1]["reason"] == Reason.BAD_TASK
    said = logs[-1]["message"]
    assert said.startswith(f"{(tmp_path / key).as_uri()}: onlyByNight: Extra inputs are not permitted; a release newer")
    assert said.endswith("delete it and apply it again")
    assert not (tmp_path / "tries").exists(), "no chunk was begun"
