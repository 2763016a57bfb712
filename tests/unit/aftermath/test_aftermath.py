"""What is done for jobs that are over, and in which order."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from hybridface_operator.aftermath.loop import OF_ONE_NAMESPACE, look_after, run_aftermath
from hybridface_operator.aftermath.notify import Notifier
from hybridface_operator.aftermath.sweep import MOST_AT_ONCE, Sweeper
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores
from support.fake_api import FakeApi
from support.finished import ENDED, LATER, NAMESPACE, finished, mirrored

HOOK = {"webhook": {"url": "https://hooks.example/done"}}


class World:
    """One operator, whose webhooks answer what `answer` says."""

    def __init__(self, folder):
        folder.mkdir()
        self.answer = 200
        self.got = 0
        self.api = FakeApi(NAMESPACE)
        self._folder = folder

    async def send(self, url, body, headers):
        self.got += 1
        return self.answer

    async def no_sleep(self, seconds):
        return None

    def parts(self) -> tuple[Mirror, Notifier, Sweeper]:
        mirror, metrics = mirrored(self.api), Metrics()
        common = {"work_uri": self._folder.as_uri() + "/", "instance": "operator-0"}
        stores = Stores(StoreSettings())
        notifier = Notifier(
            self.api, stores, mirror, metrics, send=self.send, clock=lambda: LATER, sleep=self.no_sleep, **common
        )
        return mirror, notifier, Sweeper(self.api, stores, mirror, metrics, may_sweep=notifier.settled, **common)

    def look_after(self, now):
        asyncio.run(look_after(*self.parts(), now))

    def swept(self, name):
        return self.api.found(Kind.FACE_SWAP_JOB, NAMESPACE, name)["status"].get("scratchRemoved", False)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "work")


def test_a_webhook_is_told_before_scratch_goes(world):
    finished(world.api, "a", notify=HOOK)
    world.look_after(LATER)
    assert (world.got, world.swept("a")) == (1, True)


def test_before_the_time_has_come_only_the_webhook_is_told(world):
    finished(world.api, "a", notify=HOOK)
    world.look_after(ENDED)
    assert (world.got, world.swept("a")) == (1, False)


def test_a_webhook_that_was_given_up_keeps_no_scratch(world):
    finished(world.api, "a", notify=HOOK)
    world.answer = 410
    world.look_after(LATER)
    assert world.swept("a")


def test_a_namespace_of_many_webhooks_has_so_many_told_in_one_look(world):
    for number in range(2 * OF_ONE_NAMESPACE + 1):
        finished(world.api, f"a-{number}", notify=HOOK)
    mirror, notifier, sweeper = world.parts()
    more = [(asyncio.run(look_after(mirror, notifier, sweeper, ENDED)), world.got) for _ in range(3)]
    assert more == [(True, OF_ONE_NAMESPACE), (True, 2 * OF_ONE_NAMESPACE), (False, 2 * OF_ONE_NAMESPACE + 1)]


def test_where_nobody_can_be_told_nothing_is_hurried(world):
    for number in range(OF_ONE_NAMESPACE + 1):
        finished(world.api, f"a-{number}", notify=HOOK)
    mirror, notifier, sweeper = world.parts()

    async def away(*_):
        raise KubeAway("no answer")

    world.api.get = away
    assert asyncio.run(look_after(mirror, notifier, sweeper, ENDED)) is False


def test_jobs_that_are_not_over_are_left_alone(world):
    finished(world.api, "a", condition="Reconciling", notify=HOOK)
    world.look_after(LATER)
    assert (world.got, world.swept("a")) == (0, False)


def test_orphans_are_looked_for_every_so_often_and_again_while_there_are_more_and_a_defect_ends_nothing(
    world, monkeypatch
):
    mirror, notifier, sweeper = world.parts()
    now, looked, swept, enough, found = [ENDED], [], [], asyncio.Event(), iter([MOST_AT_ONCE, 3, 0])

    async def sweep_finished(when):
        looked.append(when)
        now[0] += timedelta(seconds=10)
        if len(looked) == 1:
            raise ZeroDivisionError
        if len(looked) == 8:
            enough.set()

    async def sweep_orphans(when):
        swept.append((when - ENDED).total_seconds())
        return next(found)

    monkeypatch.setattr(sweeper, "sweep_finished", sweep_finished)
    monkeypatch.setattr(sweeper, "sweep_orphans", sweep_orphans)

    async def for_a_while():
        work = run_aftermath(mirror, notifier, sweeper, sweep_seconds=30, clock=lambda: now[0], pause_seconds=0)
        task = asyncio.ensure_future(work)
        await enough.wait()
        task.cancel()

    asyncio.run(for_a_while())
    assert swept == [30, 40, 70]
