"""Which ends of workers count as tries of a chunk."""

from __future__ import annotations

import pytest

from hybridface_operator.planning.tries import counted_tries, counts, describe, exhausted, too_many_tries
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.manifest import TryMarker, WorkerExit
from hybridface_worker.contract.reasons import Reason
from support.plans import plan, video

A, B = plan(video("clip", 128)).chunks()


def mark(chunk, worker, number=1):
    return TryMarker(chunk=chunk, attempt=1, number=number, worker=worker)


def end(worker, status=-9, *, counted=True):
    return WorkerExit(worker=worker, attempt=1, shard=0, status=status, counts=counted)


@pytest.mark.parametrize("status", [-9, -11, 70, 75, 76, 137])
def test_a_worker_that_dies_alone_has_tried(status):
    assert counts(status, told_to_stop=False)


@pytest.mark.parametrize("status", [0, 69, 74, 78, 64, 143, -15])
def test_a_worker_that_is_done_or_handed_the_work_back_has_not(status):
    assert not counts(status, told_to_stop=False)


@pytest.mark.parametrize("status", [1, 2, 127])
def test_an_interpreter_that_did_not_start_has_not(status):
    assert not counts(status, told_to_stop=False)


@pytest.mark.parametrize("status", [-9, 70, 143])
def test_a_worker_that_was_told_to_stop_has_not(status):
    assert not counts(status, told_to_stop=True)


def test_each_worker_that_ended_is_one_try_of_what_it_had_begun():
    markers = [mark(A, "w1"), mark(A, "w2", 2), mark(B, "w2")]
    tries = counted_tries(markers, {name: end(name) for name in ("w1", "w2")})
    assert [each.worker for each in tries[A]] == ["w1", "w2"]
    assert [each.worker for each in tries[B]] == ["w2"]


def test_a_worker_whose_end_nobody_recorded_never_counts():
    assert counted_tries([mark(A, "w1")], {}) == {}


def test_an_end_that_does_not_count_is_no_try():
    assert counted_tries([mark(A, "w1")], {"w1": end("w1", 69, counted=False)}) == {}


def test_a_chunk_is_exhausted_at_the_limit():
    three = (end("a"), end("b"), end("c"))
    assert list(exhausted({A: three, B: three[:2]}, 3)) == [A]


def test_the_finding_names_every_end_and_the_last_words():
    finding = too_many_tries([end("a"), end("b", ExitCode.DEFECT)], "IndexError: 3")
    assert finding.reason is Reason.TOO_MANY_TRIES
    assert "signal SIGKILL, exit status 70 (defect); the last said: IndexError: 3" in finding.message


@pytest.mark.parametrize(
    ("status", "words"), [(-11, "signal SIGSEGV"), (-250, "signal 250"), (3, "exit status 3"), (75, "out of memory")]
)
def test_statuses_are_told_in_words(status, words):
    assert words in describe(status)
