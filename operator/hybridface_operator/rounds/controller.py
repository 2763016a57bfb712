"""The rounds: reconcile every job that something happened to, place all that waits, and report what came of it.

One round: (1) each job that is due is reconciled until it has nothing to do but wait; (2) if anything changed, one
placement pass over all jobs that ask for room; (3) what is worth telling is told, of a job whose attempts were just
begun or ended in the next round, which reconciles it first. Rounds never overlap, so nothing is decided twice on one
observation. A reconcile that takes long, of a job that copies inputs or has very many records to be read, goes on
beside the next rounds, which leave its job alone until it has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import structlog

from hybridface_operator.kube.clock import local_now
from hybridface_operator.reconciling.observed import Settings
from hybridface_operator.routing.allocate import Decision

from .executor import Tools
from .facts import may_have_written
from .in_flight import InFlight
from .known import Jobs
from .metrics import Metrics
from .mirror import Mirror
from .order import turn
from .placer import Placer
from .pools import Pools
from .queue import DueQueue
from .reconciler import Reconciler
from .reporter import Reporter
from .timing import Timing
from .world import World

log = structlog.get_logger()

_RETRY_SECONDS = 5.0
_DEFECT_SECONDS = 60.0
RECONCILE_SECONDS = 3.0
"""So long a round waits for jobs to be reconciled."""


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
        self._slots = asyncio.Semaphore(concurrency)
        self._in_flight = InFlight(self._reconcile, self.queue, self._slots)
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
                await self.round()
                await self.queue.wait(self._timing.placement_seconds)
                await asyncio.sleep(self._timing.debounce_seconds)
        finally:
            await self._in_flight.cancel()

    async def round(self) -> None:
        """One round."""
        with self.metrics.round.time():
            await self._round()

    async def _round(self) -> None:
        self.pools.begin_round()
        self._reconciler.begin_round()
        due = sorted(self.queue.take(), key=lambda each: turn(self.mirror.face_swap_job(each[0])))
        uids = await self._in_flight.take(due, RECONCILE_SECONDS)
        decided: set[str] = set()
        changed: set[str] = set()
        if uids or self._stale or self._clock() >= self._place_again:
            self._stale = False
            self._place_again = self._clock() + timedelta(seconds=self._timing.placement_seconds)
            decided, changed = await self._place()
        await self._each(self._report(uid) for uid in {*uids, *decided} - changed)

    async def _reconcile(self, uid: str) -> None:
        try:
            with self.metrics.reconcile.time():
                again = await self._reconciler.reconcile(uid)
        except Exception:
            log.exception("defect", uid=uid)
            again = self._clock() + timedelta(seconds=_DEFECT_SECONDS)
        if again is not None:
            self.queue.add(uid, again)

    async def _place(self) -> tuple[set[str], set[str]]:
        """The jobs that something was decided for, and of them those that are reconciled again in the next round."""
        decided = self._placer.decide(self._in_flight.busy())
        changed: set[str] = set()

        async def do(uid: str, decision: Decision) -> None:
            again = await self._placer.do(uid, decision)
            if again is not None:
                self.queue.add(uid, again)
                if again <= self._clock():
                    changed.add(uid)

        await self._each(do(uid, decision) for uid, decision in decided)
        return {uid for uid, _ in decided}, changed

    async def _report(self, uid: str) -> None:
        known = self.jobs.get(uid)
        if known is None:
            return
        if not await self._reporter.report(uid, known):
            self.queue.add(uid, self._clock() + timedelta(seconds=_RETRY_SECONDS))
        elif known.over:
            del self.jobs[uid]
            self.mirror.slim(uid)

    async def _each(self, work: Iterable[Awaitable[None]]) -> None:
        """All of it, so many at a time. A defect that one job meets is logged, and stops no other."""

        async def one(each: Awaitable[None]) -> None:
            async with self._slots:
                try:
                    await each
                except Exception:
                    log.exception("defect")

        await asyncio.gather(*(one(each) for each in work))
