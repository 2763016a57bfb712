from __future__ import annotations

import asyncio
import itertools
import math
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway, KubeForbidden
from hybridface_operator.kube.lease import Leadership, LeadershipLost, LeaseSettings
from support.fake_api import FakeApi

SECONDS = 600


class Time:
    """A clock that stands still until everybody sleeps, then goes on to the first who wakes."""

    def __init__(self):
        self.passed = 0.0
        self._sleepers = []
        self._order = itertools.count()

    def monotonic(self):
        return self.passed

    def now(self):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.passed)

    async def sleep(self, seconds):
        woken = asyncio.Event()
        self._sleepers.append((self.passed + seconds, next(self._order), woken))
        await woken.wait()

    async def run(self, until):
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            due = min(self._sleepers, default=None)
            if due is None or due[0] > until:
                self.passed = until
                return
            self._sleepers.remove(due)
            self.passed = max(self.passed, due[0])
            due[2].set()


class Contender:
    """`leads_since` and `lost_at` are seconds, and infinite where that never was."""

    def __init__(self, api, clock, name):
        self.leads_since = self.lost_at = math.inf
        self.why = ""
        self.leadership = Leadership(api, LeaseSettings("home", "operator", name), clock)
        self._clock = clock

    async def run(self):
        await self.leadership.acquire()
        self.leads_since = self._clock.passed
        try:
            await self.leadership.keep()
        except LeadershipLost as lost:
            self.lost_at, self.why = self._clock.passed, str(lost)


@pytest.fixture
def api():
    return FakeApi("home")


@pytest.fixture
def clock():
    return Time()


def play(scene):
    async def played():
        tasks = []

        def start(work):
            tasks.append(asyncio.ensure_future(work))
            return tasks[-1]

        try:
            await scene(start)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(played())


def lease(api):
    return api.objects[Kind.LEASE, "home", "operator"]["spec"]


def away(verb, kind, body):
    raise KubeAway("away")


def test_of_two_contenders_one_leads_as_long_as_it_renews(api, clock):
    one, two = Contender(api, clock, "one"), Contender(api, clock, "two")

    async def scene(start):
        start(one.run())
        start(two.run())
        await clock.run(SECONDS)
        assert (one.leads_since, one.lost_at) == (0, math.inf)
        assert two.leads_since == math.inf
        assert lease(api)["holderIdentity"] == "one"

    play(scene)


def test_the_next_one_leads_when_the_first_is_gone_and_not_before_its_lease_ran_out(api, clock):
    one, two = Contender(api, clock, "one"), Contender(api, clock, "two")

    async def scene(start):
        first = start(one.run())
        start(two.run())
        await clock.run(60)
        first.cancel()
        await clock.run(SECONDS)
        assert 60 + 13 <= two.leads_since <= 60 + 19
        assert lease(api)["leaseTransitions"] == 1

    play(scene)


def test_who_gives_the_lease_back_is_followed_at_once(api, clock):
    one, two = Contender(api, clock, "one"), Contender(api, clock, "two")

    async def scene(start):
        first = start(one.run())
        start(two.run())
        await clock.run(60)
        first.cancel()
        await one.leadership.release()
        await clock.run(SECONDS)
        assert two.leads_since <= 60 + 2

    play(scene)


def test_who_cannot_renew_gives_up_before_another_may_lead(api, clock):
    one, two = Contender(api, clock, "one"), Contender(api, clock, "two")

    async def scene(start):
        start(one.run())
        start(two.run())
        await clock.run(60)
        api.before_write = away
        await clock.run(75)
        assert 68 <= one.lost_at <= 72
        api.before_write = lambda _verb, _kind, _body: None
        await clock.run(SECONDS)
        assert one.lost_at < two.leads_since

    play(scene)


def test_a_short_outage_costs_nothing(api, clock):
    one = Contender(api, clock, "one")

    async def scene(start):
        start(one.run())
        await clock.run(60)
        api.before_write = away
        await clock.run(66)
        api.before_write = lambda _verb, _kind, _body: None
        await clock.run(SECONDS)
        assert one.lost_at == math.inf

    play(scene)


def test_who_finds_another_in_the_lease_ends_at_once(api, clock):
    one = Contender(api, clock, "one")

    async def scene(start):
        start(one.run())
        await clock.run(60)
        api.edit(Kind.LEASE, "home", "operator", lambda body: body["spec"].update(holderIdentity="two"))
        await clock.run(SECONDS)
        assert one.lost_at <= 62

    play(scene)


def test_who_is_away_is_waited_for(api, clock):
    one = Contender(api, clock, "one")
    api.before_write = away

    async def scene(start):
        start(one.run())
        await clock.run(60)
        assert one.leads_since == math.inf
        api.before_write = lambda _verb, _kind, _body: None
        await clock.run(SECONDS)
        assert one.leads_since <= 62

    play(scene)


def test_a_lease_that_was_deleted_is_made_again(api, clock):
    one = Contender(api, clock, "one")

    async def scene(start):
        start(one.run())
        await clock.run(60)
        api.remove(Kind.LEASE, "home", "operator")
        await clock.run(SECONDS)
        assert one.lost_at == math.inf
        assert lease(api)["holderIdentity"] == "one"

    play(scene)


def test_a_clock_that_is_wrong_lets_nobody_in_early(api, clock):
    """The times in a Lease are for people: what counts is for how long it has not changed."""
    spec = {"holderIdentity": "zero", "renewTime": "1999-01-01T00:00:00.000000Z", "leaseDurationSeconds": 15}
    api.make(Kind.LEASE, {"metadata": {"name": "operator", "namespace": "home"}, "spec": spec})
    one = Contender(api, clock, "one")

    async def scene(start):
        start(one.run())
        await clock.run(SECONDS)
        assert one.leads_since >= 15

    play(scene)


def test_a_renewal_that_hangs_is_given_up_in_time(api, clock):
    """Real seconds: the limit of a request is the event loop's."""
    settings = LeaseSettings("home", "operator", "one", renew_seconds=0.2, retry_seconds=0.01)

    class Wall:
        def monotonic(self):
            return asyncio.get_running_loop().time()

        def now(self):
            return datetime.now(UTC)

        async def sleep(self, seconds):
            await asyncio.sleep(seconds)

    async def hangs(*_):
        await asyncio.sleep(600)

    async def scene(start):
        leadership = Leadership(api, settings, Wall())
        await leadership.acquire()
        api.get = hangs
        with pytest.raises(LeadershipLost, match=r"Lease home/operator: not renewed for 0.2 s"):
            async with asyncio.timeout(60):
                await leadership.keep()

    play(scene)


def test_who_may_not_have_the_lease_says_so_once(api, clock):
    one = Contender(api, clock, "one")

    def forbidden(verb, kind, body):
        raise KubeForbidden("create leases: 403 not allowed")

    api.before_write = forbidden

    async def scene(start):
        with capture_logs() as events:
            start(one.run())
            await clock.run(60)
        assert [(each["event"], each["why"]) for each in events] == [("lease.waits", "create leases: 403 not allowed")]

    play(scene)


def test_who_loses_the_lease_says_why(api, clock):
    one = Contender(api, clock, "one")

    async def scene(start):
        start(one.run())
        await clock.run(60)
        api.before_write = away
        await clock.run(SECONDS)
        assert one.why == "Lease home/operator: not renewed for 10 s: away"

    play(scene)
