"""What is left when a run is killed or stopped in the middle, and how the next one goes on."""

from __future__ import annotations

import os
import signal

from support.local_jobs import LocalJobBench
from support.waiting import soon

SIXTH = "actor/clip0/v000000/00000320-00000384"


def test_kill_of_everything_leaves_no_worker_and_is_no_try(tmp_path):
    bench = LocalJobBench(tmp_path, maxTriesPerChunk=1)
    bench.tell({SIXTH: ["hang", "ok"]})
    run = bench.start()
    bench.wait_for(SIXTH)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    soon(bench.workers_alive, lambda alive: not alive)
    done = len(bench.chunks())
    assert done in {4, 5}  # with two workers' shards before it
    assert bench.run().returncode == 0
    assert len(bench.tries(SIXTH)) == 2
    assert sum(len(bench.tries(chunk)) for chunk in bench.chunks()) == len(bench.chunks()) + 1


def test_ctrl_c_stops_the_workers_ends_with_1_and_says_how_to_go_on(tmp_path):
    bench = LocalJobBench(tmp_path, maxTriesPerChunk=1)
    bench.tell({SIXTH: ["hang", "ok"]})
    run = bench.start()
    bench.wait_for(SIXTH)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate()
    assert run.returncode == 1
    assert err == "hybridface: interrupted; what was done is kept, and the same command goes on from there\n"
    assert bench.workers_alive() == []
    assert not any(end.counts for end in bench.exits())
    assert bench.run().returncode == 0


def test_a_worker_that_does_not_hear_is_killed_after_the_grace(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({SIXTH: ["deaf"]})
    run = bench.start(grace_seconds=0.2)
    bench.wait_for(SIXTH)
    run.send_signal(signal.SIGTERM)
    run.communicate()
    assert run.returncode == 1
    assert bench.workers_alive() == []
    assert [end.status for end in bench.exits() if end.status] == [-signal.SIGKILL]
    assert not any(end.counts for end in bench.exits())


def test_the_second_ctrl_c_kills_at_once(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({SIXTH: ["deaf"]})
    run = bench.start(grace_seconds=3600)
    bench.wait_for(SIXTH)
    run.send_signal(signal.SIGINT)
    assert run.stdout is not None
    while "press Ctrl-C again" not in run.stdout.readline():
        pass
    run.send_signal(signal.SIGINT)
    run.communicate()
    assert run.returncode == 1
    assert bench.workers_alive() == []


def test_a_second_run_of_the_same_job_ends_with_2_and_says_who_is_at_it(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({"start": ["hang", "ok"]})
    first = bench.start()
    bench.wait_for("start")
    second = bench.run()
    assert second.returncode == 2
    assert f"process {first.pid} on" in second.stderr
    first.send_signal(signal.SIGINT)
    first.communicate()
    assert bench.run().returncode == 0


def test_counted_tries_are_remembered_from_run_to_run(tmp_path):
    bench = LocalJobBench(tmp_path)
    bench.tell({SIXTH: ["kill", "kill", "hang", "kill", "ok"]})
    run = bench.start()
    bench.wait_for(SIXTH, times=3)
    run.send_signal(signal.SIGINT)
    run.communicate()
    assert bench.run().returncode == 1
    assert len(bench.tries(SIXTH)) == 4
    assert bench.chunks()[SIXTH].outcome == "failed"


def test_a_reader_of_the_log_that_leaves_ends_no_job(tmp_path):
    bench = LocalJobBench(tmp_path)
    run = bench.start()
    assert run.stdout is not None
    run.stdout.close()
    assert run.wait() == 0
    assert bench.index().outputs[0].outcome == "published"
    assert run.stderr is not None
    assert run.stderr.read() == ""
    run.stderr.close()
