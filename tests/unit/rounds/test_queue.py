"""Which jobs are due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from hybridface_operator.rounds.queue import DueQueue

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def queue(clock):
    return DueQueue(clock)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_who_is_due_longest_goes_first_and_is_in_it_no_more(queue, clock):
    queue.add("late", later(5))
    queue.add("soon", later(2))
    queue.add("another-day", later(100))
    clock.now = later(10)
    assert queue.take() == [("soon", later(2)), ("late", later(5))]
    assert queue.take() == []


def test_a_job_stands_in_it_once_at_the_earliest_time(queue, clock):
    queue.add("a", later(50))
    queue.add("a", later(5))
    queue.add("a", later(70))
    clock.now = later(5)
    assert queue.take() == [("a", later(5))]
    clock.now = later(100)
    assert queue.take() == []


def test_its_lag_is_that_of_whoever_waits_longest(queue, clock):
    assert queue.lag_seconds == 0
    queue.add("a", later(5))
    queue.add("b", later(30))
    clock.now = later(25)
    assert queue.lag_seconds == 20


@pytest.mark.parametrize("news", [lambda queue: queue.add("a"), lambda queue: queue.wake()])
def test_a_wait_ends_with_news(queue, news):
    async def wait() -> None:
        waiting = asyncio.create_task(queue.wait(3600))
        await asyncio.sleep(0)
        news(queue)
        async with asyncio.timeout(60):
            await waiting

    asyncio.run(wait())


@pytest.mark.parametrize("steps", range(6))
def test_a_wait_that_is_cancelled_in_the_moment_that_news_come_heeds_it(queue, steps):
    async def wait() -> None:
        waiting = asyncio.create_task(queue.wait(3600))
        await asyncio.sleep(0)
        queue.wake()
        for _ in range(steps):
            await asyncio.sleep(0)
        in_time = waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled() == in_time

    asyncio.run(wait())


def test_a_wait_ends_when_a_job_is_due_or_after_so_long(queue):
    async def wait() -> None:
        async with asyncio.timeout(60):
            await queue.wait(0.001)
            queue.add("a", later(0.001))
            await queue.wait(3600)

    asyncio.run(wait())
