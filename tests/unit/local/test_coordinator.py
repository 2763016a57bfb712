"""A job with stand-ins for workers: what is done, what is done again, and what it ends with."""

from __future__ import annotations

import json
import signal

import pytest

from hybridface_operator.local.coordinator import WORKER
from hybridface_worker.contract.reasons import Reason
from support.local_jobs import LocalJobBench

FIRST, SECOND = "actor/clip0/v000000/00000000-00000064", "actor/clip0/v000000/00000064-00000128"


def test_a_job_is_worked_to_its_index_and_ends_with_0(tmp_path):
    bench = LocalJobBench(tmp_path, targets=2)
    ended = bench.run(workers=2)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(bench.chunks()) == 20
    assert [entry.outcome for entry in bench.index().outputs] == ["published", "published"]
    assert (tmp_path / "out/actor/clip1.mp4").read_bytes() == b"result"
    assert {end.counts for end in bench.exits()} == {False}


def test_elsewhere_than_on_a_terminal_it_writes_json_lines(tmp_path):
    bench = LocalJobBench(tmp_path)
    lines = [json.loads(line) for line in bench.run().stdout.splitlines()]
    phases = [line["phase"] for line in lines if line["event"] == "phase.started"]
    assert phases == ["probe", "swap", "merge"]
    assert sum(line["frames"] for line in lines if line["event"] == "chunk.committed") == 640
    assert lines[-1]["event"] == "job.finished"
    assert lines[-1]["outputs"] == {"published": 1}


def test_a_finished_job_is_not_worked_again(tmp_path):
    bench = LocalJobBench(tmp_path)
    assert bench.run().returncode == 0
    bench.tell({"start": ["exit:70"]})
    assert bench.run().returncode == 0


def test_a_job_of_another_release_is_not_continued_and_its_results_stay(tmp_path):
    bench = LocalJobBench(tmp_path)
    assert bench.run().returncode == 0
    (plan,) = (tmp_path / "store").rglob("plan.json")
    plan.write_text(plan.read_text().replace(WORKER, "hybridface==0.0.9"))
    assert bench.run().returncode == 0, "nothing is left to be done"
    (tmp_path / "out/actor/clip0.mp4").unlink()
    ended = bench.run()
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert f"was begun with hybridface==0.0.9, and this is {WORKER}" in ended.stderr


def test_an_output_that_was_deleted_is_made_again_from_its_chunks(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.run()
    (tmp_path / "out/actor/clip0.mp4").unlink()
    assert bench.run().returncode == 0
    assert (tmp_path / "out/actor/clip0.mp4").exists()
    assert len(bench.tries(FIRST)) == 1


def test_three_deaths_on_one_chunk_fail_that_chunk_and_nothing_else(tmp_path):
    bench = LocalJobBench(tmp_path, targets=2)
    bench.tell({FIRST: ["kill"]})
    ended = bench.run(workers=2)
    assert ended.returncode == 1
    assert Reason.SOME_OUTPUTS_FAILED in ended.stderr
    failed = [manifest for manifest in bench.chunks().values() if manifest.outcome == "failed"]
    assert [(manifest.chunk.target, manifest.chunk.start) for manifest in failed] == [("clip0", 0)]
    assert failed[0].finding is not None
    assert failed[0].finding.reason is Reason.TOO_MANY_TRIES
    assert failed[0].finding.message.count("SIGKILL") == 3
    assert len(bench.tries(FIRST)) == 3
    assert len(bench.tries(SECOND)) == 1
    assert {entry.target: entry.outcome for entry in bench.index().outputs} == {"clip0": "failed", "clip1": "published"}


def test_the_limit_of_tries_is_the_specifications(tmp_path):
    bench = LocalJobBench(tmp_path, maxTriesPerChunk=1)
    bench.tell({SECOND: ["exit:70"]})
    assert bench.run().returncode == 1
    assert len(bench.tries(SECOND)) == 1
    finding = bench.chunks()[SECOND].finding
    assert finding is not None
    assert "told to exit with 70" in finding.message


def test_a_chunk_that_a_worker_fails_itself_is_final_and_the_others_go_on(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({SECOND: ["fail"]})
    assert bench.run().returncode == 1
    assert [manifest.outcome for manifest in bench.chunks().values()].count("done") == 9
    assert len(bench.tries(SECOND)) == 1


def test_a_death_that_is_survived_costs_one_more_try(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({SECOND: ["kill", "ok"]})
    assert bench.run().returncode == 0
    assert len(bench.tries(SECOND)) == 2
    assert [end.status for end in bench.exits() if end.counts] == [-signal.SIGKILL]


def test_a_service_that_is_away_is_no_try(tmp_path):
    bench = LocalJobBench(tmp_path, maxTriesPerChunk=1)
    bench.tell({FIRST: ["exit:69", "exit:69", "ok"]})
    assert bench.run().returncode == 0
    assert not any(end.counts for end in bench.exits())


def test_workers_that_get_nowhere_end_the_job_with_their_last_words(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({"start": ["ok", "ok", "exit:69"]})
    ended = bench.run()
    assert ended.returncode == 1
    assert "told to exit with 69" in ended.stderr
    assert len(bench.tries("start")) == 5


@pytest.mark.parametrize("status", [64, 78])
def test_a_task_or_plan_that_no_worker_takes_ends_the_job_at_once(tmp_path, status):
    bench = LocalJobBench(tmp_path, targets=2)
    bench.tell({FIRST: [f"exit:{status}"]})
    ended = bench.run(workers=2)
    assert ended.returncode == 1
    assert ended.stderr == f"hybridface: spring: told to exit with {status}\n"
    assert len(bench.tries(FIRST)) == 1
    assert bench.workers_alive() == []


def test_a_source_without_a_face_is_wrong_input_and_nothing_is_worked(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({"actor/0": ["faceless"]})
    ended = bench.run()
    assert ended.returncode == 2
    assert "face.png: no face was found" in ended.stderr
    assert bench.tries(FIRST) == []


def test_a_target_that_is_refused_does_not_stop_the_others(tmp_path):
    bench = LocalJobBench(tmp_path, targets=2)
    bench.tell({"clip0/0": ["fail"]})
    assert bench.run().returncode == 1
    assert {entry.target: entry.outcome for entry in bench.index().outputs} == {
        "clip0": "refused",
        "clip1": "published",
    }


def test_a_target_that_ends_every_prober_is_refused_and_stops_no_other(tmp_path):
    bench = LocalJobBench(tmp_path, targets=3)
    bench.tell({"clip1/0": ["exit:70"]})
    assert bench.run().returncode == 1
    (refused,) = [entry for entry in bench.index().outputs if entry.outcome == "refused"]
    assert refused.target == "clip1"
    assert refused.finding is not None
    assert refused.finding.reason is Reason.TOO_MANY_TRIES


def test_an_output_that_ends_every_merger_fails_and_stops_no_other(tmp_path):
    bench = LocalJobBench(tmp_path, targets=3)
    bench.tell({"actor/clip1.mp4": ["kill"]})
    assert bench.run().returncode == 1
    assert {entry.target: entry.outcome for entry in bench.index().outputs} == {
        "clip0": "published",
        "clip1": "failed",
        "clip2": "published",
    }


def test_an_output_that_failed_to_merge_is_tried_again_by_the_next_run(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({"actor/clip0.mp4": ["kill", "kill", "kill", "ok"]})
    assert [bench.run().returncode, bench.run().returncode] == [1, 0]
    assert len(bench.tries(FIRST)) == 1


def test_something_in_the_way_of_an_output_is_told_before_any_work(tmp_path):
    bench = LocalJobBench(tmp_path)
    (tmp_path / "out/actor").mkdir(parents=True)
    (tmp_path / "out/actor/clip0.mp4").write_bytes(b"mine")
    ended = bench.run()
    assert ended.returncode == 1
    assert "clip0.mp4 is there already" in ended.stderr
    assert bench.tries(FIRST) == []
    assert (tmp_path / "out/actor/clip0.mp4").read_bytes() == b"mine"


def test_what_is_in_the_way_is_replaced_where_the_job_says_so(tmp_path):
    bench = LocalJobBench(tmp_path, output={"uri": "out/", "onConflict": "replace"})
    (tmp_path / "out/actor").mkdir(parents=True)
    (tmp_path / "out/actor/clip0.mp4").write_bytes(b"mine")
    assert bench.run().returncode == 0
    assert (tmp_path / "out/actor/clip0.mp4").read_bytes() == b"result"


def test_expired_consent_is_wrong_input(tmp_path):
    bench = LocalJobBench(tmp_path, consent={"reference": "2026-114", "expires": "2020-01-01T00:00:00Z"})
    ended = bench.run()
    assert ended.returncode == 2
    assert "'2026-114' expired" in ended.stderr
    assert bench.tries("start") == []


def test_missing_inputs_are_named_each(tmp_path):
    bench = LocalJobBench(tmp_path, targets=2)
    (tmp_path / "clip0.mp4").unlink()
    (tmp_path / "face.png").unlink()
    ended = bench.run()
    assert ended.returncode == 2
    assert "face.png is not there" in ended.stderr
    assert "clip0.mp4 is not there" in ended.stderr


def test_a_changed_input_starts_anew_and_is_named(tmp_path):
    bench = LocalJobBench(tmp_path, output={"uri": "out/", "onConflict": "replace"})
    bench.run()
    (tmp_path / "clip0.mp4").write_bytes(b"another clip")
    ended = bench.run()
    assert ended.returncode == 0
    (line,) = [json.loads(line) for line in ended.stdout.splitlines() if "inputs.changed" in line]
    assert line["message"].endswith("clip0.mp4")
    assert len(bench.tries(FIRST)) == 2


def test_a_published_output_is_not_made_again_where_its_records_are_gone(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.run()
    report = bench.folder / "merged/actor/clip0/000000.json"
    beside = tmp_path / "out/_hybridface/local.spring/actor/clip0.mp4.report.json"
    beside.parent.mkdir(parents=True, exist_ok=True)
    report.rename(beside)
    bench.tell({"start": ["exit:70"]})
    assert bench.run().returncode == 0
    assert report.exists()


def test_every_job_of_a_manifest_is_run_and_the_worst_decides(tmp_path):
    bench = LocalJobBench(tmp_path)
    one = bench.manifest.read_text()
    expired = one.replace('"spring"', '"late"').replace('"test"', '"test", "expires": "2020-01-01T00:00:00Z"')
    bench.manifest.write_text(f"---\n{expired}\n---\n{one}\n")
    ended = bench.run()
    assert ended.returncode == 2
    assert ended.stderr.startswith("hybridface: late: consent 'test' expired")
    assert bench.index().outputs[0].outcome == "published"


def test_a_suspended_job_is_not_run(tmp_path):
    bench = LocalJobBench(tmp_path, suspend=True)
    ended = bench.run()
    assert (ended.returncode, bench.tries("start")) == (2, [])
    assert "spec.suspend" in ended.stderr


def test_what_killed_workers_left_behind_is_cleared_away(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.run()
    left = bench.store / "scratch" / bench.folder.name / "hybridface-x"
    left.mkdir(parents=True)
    bench.run()
    assert not left.exists()
