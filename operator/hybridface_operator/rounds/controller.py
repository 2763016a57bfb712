"""The rounds: reconcile every job that something happened to, place all that waits, and report what came of it.

One round: (1) each job that is due is reconciled until it has nothing to do but wait; (2) if anything changed, one
placement pass over all jobs that ask for room; (3) for each job, what was decided is carried out, and what is worth
telling is told, of a job whose attempts were just begun or ended in a later round, which reconciles it first. No round
waits for (3), or for a reconcile that takes long, of a job that copies inputs or has very many records to be read: both
go on beside the next rounds, which leave these jobs alone until then, so nothing is decided twice on one observation.
What a job was given and has not got yet is held for it meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from hybridface_operator.kube.clock import local_now
from hybridface_operator.reconciling.observed import Settings

from .executor import Tools
from .facts import may_have_written
from .in_flight import InFlight
from .in_hand import InHand
from .known import Jobs
from .metrics import Metrics
from .mirror import Mirror
from .order import turn
from .placer import Decided, Placer
from .pools import Pools
from .queue import DueQueue
from .reconciler import Reconciler
from .reporter import Reporter
from .timing import Timing
from .world import World

log = structlog.get_logger()

_RETRY_SECONDS = 5.0
_DEFECT_SECONDS = 60.0
RECONCILE_SECONDS = 1.0
"""So long a round reconciles, before it places what it has."""
_TIMES_A_PASS = 2.0
"""Or so many times as long as the last pass took: with ten thousand jobs that wait, a pass takes seconds."""


class Controller:
    """Runs rounds. Whoever learns of something calls `enqueue`."""

    def __init__(
        self,
        tools: Tools,
        world: World,
        mirror: Mirror,
        *,
        work_uri: str,
        instance: str,
        timing: Timing,
        settings: Settings,
        concurrency: int = 32,
        clock: Callable[[], datetime] = local_now,
    ) -> None:
        self.metrics = Metrics()
        self.jobs: Jobs = {}
        self.queue = DueQueue(clock)
        self.world = world
        self.mirror = mirror
        self._timing = timing
        self._clock = clock
        self._in_flight = InFlight(self._reconcile, self.queue, asyncio.Semaphore(concurrency))
        self._in_hand = InHand(self.queue, concurrency)
        self.pools = Pools(world, mirror, self.jobs)
        self._reconciler = Reconciler(
            tools,
            world,
            mirror,
            self.jobs,
            self.pools,
            work_uri=work_uri,
            timing=timing,
            settings=settings,
            clock=clock,
            metrics=self.metrics,
        )
        self._placer = Placer(world, self.jobs, self.pools, clock, self.metrics)
        self._reporter = Reporter(tools.cluster, world, mirror, instance, clock, self.metrics)
        self._stale = True
        self._place_again = clock()
        self._pass_seconds = 0.0

    def enqueue(self, uid: str) -> None:
        """Something happened to the job, its Jobs or its pods: its storage may hold something new as well."""
        known = self.jobs.get(uid)
        if known is not None:
            memory, jobs, pods = known.memory, self.mirror.jobs(uid), self.mirror.pods(uid)
            # While storage is read for the first time, nobody knows which attempts are live.
            known.stirred |= not memory.loaded or may_have_written(memory.live, jobs.values(), pods.values())
        self.queue.add(uid)

    def world_changed(self) -> None:
        """Policy, prices, grants or nodes changed: what waits is placed anew."""
        self._stale = True
        for uid in self.jobs:
            self.queue.add(uid)
        self.queue.wake()

    async def run(self) -> None:
        """Rounds for ever."""
        try:
            while True:
                await self.begin()
                await self.queue.wait(self._timing.placement_seconds)
                await asyncio.sleep(self._timing.debounce_seconds)
        finally:
            await self.close()

    async def close(self) -> None:
        """Ends what goes on beside the rounds, wherever it is."""
        await self._in_flight.cancel()
        await self._in_hand.cancel()

    async def round(self) -> None:
        """One round, to its end."""
        await self.begin()
        await self._in_hand.empty()

    async def begin(self) -> None:
        """Reconciles and decides. What was decided is carried out beside what follows."""
        with self.metrics.round.time():
            await self._begin()

    async def _begin(self) -> None:
        self.pools.begin_round()
        self._reconciler.begin_round()
        uids = await self._in_flight.take(self._due(), self._reconcile_seconds())
        await self._in_hand.room()
        decided: dict[str, Decided] = {}
        if uids or self._stale or self._clock() >= self._place_again:
            self._stale = False
            self._place_again = self._clock() + timedelta(seconds=self._timing.placement_seconds)
            decided = self._decide()
        for uid in (*decided, *(uids - decided.keys())):
            self._in_hand.begin(uid, partial(self._carry_out, uid, decided.get(uid)))

    def _due(self) -> list[tuple[str, datetime]]:
        """In the order in which they are reconciled."""
        due = []
        for uid, since in self.queue.take():
            if self._in_hand.holds(uid):
                self._in_hand.reconcile_after(uid, since)
            else:
                due.append((uid, since))
        return sorted(due, key=lambda each: turn(self.mirror.face_swap_job(each[0])))

    def _reconcile_seconds(self) -> float:
        return max(RECONCILE_SECONDS, _TIMES_A_PASS * self._pass_seconds)

    def _decide(self) -> dict[str, Decided]:
        began = time.perf_counter()
        decided = self._placer.decide(self._in_flight.busy() | self._in_hand.uids())
        self._pass_seconds = time.perf_counter() - began
        return decided

    async def _reconcile(self, uid: str) -> None:
        try:
            with self.metrics.reconcile.time():
                again = await self._reconciler.reconcile(uid)
        except Exception:
            log.exception("defect", uid=uid)
            again = self._clock() + timedelta(seconds=_DEFECT_SECONDS)
        if again is not None:
            self.queue.add(uid, again)

    async def _carry_out(self, uid: str, decided: Decided | None) -> None:
        """Does what was decided for a job, and reports on it."""
        if decided is not None:
            again = await self._placer.do(uid, decided)
            if again is not None:
                self.queue.add(uid, again)
        await self._report(uid)

    async def _report(self, uid: str) -> None:
        known = self.jobs.get(uid)
        if known is None or (known.turn is not None and known.turn.acted_on):
            return
        if not await self._reporter.report(uid, known):
            self.queue.add(uid, self._clock() + timedelta(seconds=_RETRY_SECONDS))
        elif known.over:
            del self.jobs[uid]
            self.mirror.slim(uid)
