"""Jobs side by side: results in order, no more jobs than there is room for, and errors where results are taken."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import Future
from functools import partial

import pytest

from hybridface_worker.pipeline.channel import Channel, Crew, StoppedError
from hybridface_worker.pipeline.jobs import Job, Jobs, done

WHO = contextvars.ContextVar("WHO", default="nobody")


def test_jobs_run_side_by_side_and_results_keep_the_order_in_which_they_were_given():
    out: Channel[Job[int]] = Channel(10)
    second_ran = threading.Event()

    def first() -> list[int]:
        assert second_ran.wait(30)
        return [1, 2]

    def second() -> list[int]:
        second_ran.set()
        return [3]

    with Jobs("test", 2, out) as jobs:
        jobs.give(first)
        jobs.give(second)
        jobs.give(list)
    out.finish()
    assert list(done(out)) == [1, 2, 3]


def test_no_more_jobs_are_given_than_there_is_room_for():
    out: Channel[Job[int]] = Channel(2)
    started, crew = [], Crew(out)

    def produce() -> None:
        with Jobs("test", 1, out) as jobs:
            for number in range(20):
                started.append(number)
                jobs.give(partial(list, [number]))
        out.finish()

    crew.start("produce", produce)
    for taken, number in enumerate(done(out)):
        assert number == taken
        assert len(started) <= taken + 1 + 2 + 1  # taken, in the channel, and waiting for room
    crew.join()


def test_what_a_job_raises_is_raised_where_its_result_is_taken_and_ends_the_others():
    out: Channel[Job[int]] = Channel(1)
    crew = Crew(out)

    def fail() -> list[int]:
        raise ValueError("broken frame")

    def produce_forever() -> None:
        with Jobs("test", 2, out) as jobs:
            while True:
                jobs.give(fail)

    def take() -> None:
        list(done(out))

    crew.start("produce", produce_forever)
    crew.start("take", take)
    with pytest.raises(ValueError, match="broken frame"):
        crew.join()
    with pytest.raises(StoppedError):
        out.put(Future())


def test_jobs_know_what_the_thread_that_gave_them_knows():
    out: Channel[Job[str]] = Channel(1)
    WHO.set("somebody")
    with Jobs("test", 1, out) as jobs:
        jobs.give(lambda: [WHO.get()])
    out.finish()
    assert list(done(out)) == ["somebody"]
