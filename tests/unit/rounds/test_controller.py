"""Rounds, and what takes longer than one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hybridface_operator.kube.clock import local_now
from hybridface_operator.rounds import controller
from hybridface_operator.rounds.in_flight import InFlight
from hybridface_operator.rounds.queue import DueQueue
from hybridface_worker.contract.task import Attempt
from hybridface_worker.store.base import ObjectInfo
from support.probed import probed_job
from support.simulation import Simulation
from support.simulation_days import BadDays
from support.simulation_world import NODES, job_area

GPUS = sum(gpus for pool, gpus in NODES.values() if pool == "private")


@pytest.fixture
def hasty(monkeypatch):
    """Rounds that wait for no job: every one goes on beside them."""
    monkeypatch.setattr(controller, "RECONCILE_SECONDS", 0)


async def until(simulation: Simulation, done: Callable[[], bool]) -> None:
    """Rounds, with time for reconciles that go on beside them."""
    for _ in range(1000):
        if done():
            return
        await simulation.turn()
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to be")


@pytest.mark.usefixtures("hasty")
def test_a_reconcile_that_takes_long_holds_up_no_other_job_and_is_begun_once():
    async def story() -> None:
        simulation, may_go_on, held = Simulation(), threading.Event(), []
        slow = simulation.studio.job("slow", 64)
        bad = BadDays(simulation, (slow, simulation.studio.job("quick", 64)))

        def hold(key: str) -> None:
            if slow in key and key.endswith("inputs.json"):
                held.append(key)
                may_go_on.wait()

        simulation.studio.stores.bucket("work").before_write = hold
        simulation.checks.append(bad.check)
        operator = await simulation.start()
        try:
            await until(simulation, lambda: simulation.phases()["quick"] == "Completed")
            assert simulation.phases()["slow"] == "Pending"
            assert operator.controller.queue.lag_seconds < 1
        finally:
            may_go_on.set()
        await until(simulation, lambda: simulation.phases()["slow"] == "Completed")
        assert len(held) == 1

    asyncio.run(story())


@pytest.mark.usefixtures("hasty")
def test_what_is_in_flight_ends_with_the_rounds():
    async def story() -> None:
        simulation, may_go_on = Simulation(), threading.Event()
        simulation.studio.job("slow", 64)
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def hold(_: str) -> None:
            loop.call_soon_threadsafe(begun.set)
            may_go_on.wait()

        simulation.studio.stores.bucket("work").before_write = hold
        operator = await simulation.start()
        serving = asyncio.create_task(operator.controller.run())
        try:
            await begun.wait()
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving
            assert asyncio.all_tasks() == {asyncio.current_task()}
        finally:
            may_go_on.set()

    asyncio.run(story())


def test_so_many_are_reconciled_at_a_time_and_the_others_in_later_rounds():
    async def story() -> None:
        begun, may_end = [], asyncio.Event()

        async def reconcile(uid: str) -> None:
            begun.append(uid)
            await may_end.wait()

        queue = DueQueue(local_now)
        in_flight = InFlight(reconcile, queue, asyncio.Semaphore(2))
        due = [(uid, local_now()) for uid in "abcde"]
        rounds, left = [], dict(due)
        for _ in range(3):
            assert await in_flight.take(left.items(), 0.01) == set()
            assert in_flight.busy() == set("abcde"), "nothing is decided for who was not reconciled"
            rounds.append("".join(begun))
            left = dict(queue.take())
            assert left == dict(due[len(begun) :]), "they are due for as long as they are"
        assert rounds == ["ab", "abcd", "abcde"]
        may_end.set()
        await asyncio.sleep(0)
        assert in_flight.busy() == set("abcde"), "no round has heard of their end"
        assert await in_flight.take((), 0) == set(begun)
        assert not in_flight.busy()

    asyncio.run(story())


@pytest.mark.usefixtures("hasty")
def test_gpus_of_a_job_that_a_new_operator_has_not_read_yet_are_given_to_nobody(monkeypatch):
    async def story() -> None:
        simulation, may_go_on = Simulation(), threading.Event()
        running = simulation.studio.job("running", 64 * 200, sensitivity="restricted")
        operator = await simulation.start()
        await until(simulation, lambda: gpus(simulation, running) == GPUS)
        operator.end()
        simulation.operators.remove(operator)
        store = simulation.studio.stores.bucket("work")
        read, held = store.read, []

        def hold(key: str, **ranged: Any) -> bytes:
            if running in key and threading.current_thread() is not threading.main_thread():  # workers read in that
                held.append(key)
                may_go_on.wait()
            return read(key, **ranged)

        monkeypatch.setattr(store, "read", hold)
        later = simulation.studio.job("later", 64, sensitivity="restricted")
        await simulation.start()
        try:
            await until(simulation, lambda: simulation.phases()["later"] == "Waiting")
            area = job_area(simulation.studio.stores, later)
            assert [area.read(Attempt, key).work.phase for key in area.list("attempts/")] == ["probe"]
            assert gpus(simulation, running) == GPUS
        finally:
            may_go_on.set()
        assert held

    asyncio.run(story())


def test_rounds_go_on_while_what_was_decided_is_carried_out_and_its_gpus_are_given_to_nobody_else():
    async def story() -> None:
        simulation, may_go_on, held = Simulation(), threading.Event(), []
        simulation.overlapping = True
        placed = probed_job(simulation.studio, "placed", 64 * 200, sensitivity="restricted")
        operator = await simulation.start()

        def hold(key: str) -> None:
            if placed in key and "/decisions/" in key:
                held.append(key)
                may_go_on.wait()

        simulation.studio.stores.bucket("work").before_write = hold
        controller = operator.controller
        try:
            await controller.begin()
            later = probed_job(simulation.studio, "later", 64, sensitivity="restricted")
            operator.deliver()
            controller.enqueue(placed)
            await controller.begin()
            await others_go_on(lambda: simulation.phases()["later"] == "Waiting")
            assert len(held) == 1
            assert not gpus(simulation, placed)
            assert controller.pools.free_gpus()["private"] == 0
        finally:
            may_go_on.set()
        await controller.round()
        assert gpus(simulation, placed) == GPUS
        assert controller.pools.free_gpus()["private"] == 0
        assert not gpus(simulation, later)
        await controller.round()
        assert simulation.phases() == {"placed": "Swapping", "later": "Waiting"}

    asyncio.run(story())


def test_no_more_is_decided_while_what_was_decided_waits_for_its_turn():
    async def story() -> None:
        simulation, may_go_on = Simulation(), threading.Event()
        first = probed_job(simulation.studio, "first", 64)
        operator = await simulation.start()  # that carries out for one job at a time

        def hold(key: str) -> None:
            if "/decisions/" in key:
                may_go_on.wait()

        simulation.studio.stores.bucket("work").before_write = hold
        controller = operator.controller
        try:
            await controller.begin()
            later = probed_job(simulation.studio, "later", 64)
            operator.deliver()
            following = asyncio.create_task(controller.begin())
            await others_go_on(lambda: later in controller.jobs and controller.jobs[later].turn is not None)
            assert not following.done()
            assert controller.jobs[later].promised is None
        finally:
            may_go_on.set()
        await following
        await controller.round()
        assert all(controller.mirror.jobs(uid) for uid in (first, later))

    asyncio.run(story())


def test_what_could_not_be_carried_out_is_given_to_others():
    async def story() -> None:
        simulation = Simulation()
        first = probed_job(simulation.studio, "first", 64 * 200, sensitivity="restricted")
        operator = await simulation.start()
        operator.line.api_away = True
        await operator.round()
        assert simulation.operators[0].controller.jobs[first].promised is None
        assert operator.controller.pools.free_gpus()["private"] == GPUS

    asyncio.run(story())


@pytest.mark.usefixtures("hasty")
def test_a_new_operator_reads_first_what_it_will_place_first(monkeypatch):
    async def story() -> None:
        simulation = Simulation()
        read: list[str] = []
        priorities = ("low", "urgent", "normal", "high")
        jobs = {simulation.studio.job(f"a-{priority}", 64, priority=priority): priority for priority in priorities}
        store = simulation.studio.stores.bucket("work")
        listed = store.list

        def seen(prefix: str) -> Iterator[ObjectInfo]:
            read.extend(priority for uid, priority in jobs.items() if uid in prefix and priority not in read)
            return listed(prefix)

        monkeypatch.setattr(store, "list", seen)
        await simulation.start()
        await until(simulation, lambda: len(read) == len(jobs))
        assert read == ["urgent", "high", "normal", "low"]

    asyncio.run(story())


async def others_go_on(until: Callable[[], object]) -> None:
    """Lets everything go on until then."""
    for _ in range(10_000):
        if until():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come to be")


def gpus(simulation: Simulation, uid: str) -> int:
    """What the Jobs of its Swap attempts have on private nodes."""
    jobs = simulation.operators[0].controller.mirror.jobs(uid).values()
    return sum(job.parallelism for job in jobs if job.phase == "swap" and not job.finished)


def test_what_happens_while_storage_is_read_for_the_first_time_has_it_read_again():
    async def story() -> None:
        simulation = Simulation()
        uid = simulation.studio.job("only", 64)
        operator = await simulation.start()
        await simulation.turn()
        known = operator.controller.jobs[uid]
        known.memory.loaded, known.stirred = False, False
        known.memory.attempts.clear()
        operator.controller.enqueue(uid)
        assert known.stirred, "whose attempts have all ended is not known yet"

    asyncio.run(story())
