"""Reconciles one job until it has nothing to do but wait: observe, advance, apply, and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from hybridface_operator.errors import JobRefused, OperatorError
from hybridface_operator.kube.api import Kind
from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.observed import Observed, Settings
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.objects import Body, is_over, job_ref
from hybridface_operator.spec.types import seconds
from hybridface_operator.storage.records import Records
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import StoreError, WorkerError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.job_area import JobArea

from .accounting import Accounts
from .backoff import after_failures
from .executor import Executor, Tools
from .facts import load_of
from .known import Jobs, Known, Turn
from .learning import pods_were_scheduled
from .memory import JobMemory
from .metrics import Metrics
from .mirror import Mirror
from .observing import Judged, judge, observe
from .pools import Pools
from .timing import Timing
from .world import World

log = structlog.get_logger()

MANY_ITEMS = 1000
"""A job with more targets or chunks is decided on beside the event loop."""
MAX_STEPS = 50
"""A job that still has something to do after so many steps lets others go first."""


def _items(seen: Observed) -> int:
    """What is planned of it, and before there is a plan, what it reads."""
    if seen.plan is not None:
        return seen.plan.published_count
    return len(seen.inputs.targets) if seen.inputs else 0


class Reconciler:
    """Reconciles jobs, one call for each; calls for different jobs may overlap."""

    def __init__(
        self,
        tools: Tools,
        world: World,
        mirror: Mirror,
        jobs: Jobs,
        pools: Pools,
        *,
        work_uri: str,
        timing: Timing,
        settings: Settings,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._tools = tools
        self._world = world
        self._mirror = mirror
        self._jobs = jobs
        self._pools = pools
        self._work_uri = work_uri
        self._timing = timing
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._accounts = Accounts(world, mirror, metrics)
        self._storage_away = ""

    def begin_round(self) -> None:
        """Storage that was away is asked again."""
        self._storage_away = ""

    async def reconcile(self, uid: str) -> datetime | None:
        """Does all that can be done for the job now. Returns when to do so again although nothing happened.

        What is away is no error here: the job's step says so, and it is tried again.
        """
        body = self._mirror.face_swap_job(uid)
        if body is None or body["metadata"].get("deletionTimestamp"):
            self._jobs.pop(uid, None)
            return None
        if uid not in self._jobs and is_over(body) and all(job.finished for job in self._mirror.jobs(uid).values()):
            self._mirror.slim(uid)
            return None
        known = self._jobs.get(uid) or self._meet(uid, body)
        try:
            for _ in range(MAX_STEPS):
                if not await self._step(known, uid):
                    break
            else:
                return self._clock()
        except JobRefused as refused:
            known.fail(refused)
        except (OperatorError, WorkerError, DocumentError, OSError) as error:
            return self._later(known, uid, error)
        known.failures = 0
        known.hold_back(self._clock())
        return self._again(known)

    def _meet(self, uid: str, body: Body) -> Known:
        store, prefix = self._tools.stores.resolve(f"{self._work_uri}jobs/{uid}/")
        memory = JobMemory(Records(JobArea(store, prefix), job_ref(body)))
        known = Known(memory, Executor(self._tools, memory, lambda job: self._mirror.see(Kind.JOB, job)))
        self._jobs[uid] = known
        return known

    async def _step(self, known: Known, uid: str) -> bool:
        """One step. Whether there is something new to observe because of it."""
        body = self._mirror.face_swap_job(uid)
        if body is None:
            return False
        seen = await self._observe(known, body)
        if seen is None:
            return False
        self._world.state = pods_were_scheduled(self._world.state, seen)
        step = await self._advance(seen)
        known.turn, known.load = Turn(seen, step), load_of(seen)
        changed = False
        for action in step.actions:
            await known.executor.apply(seen, action)
            self._accounts.applied(known, seen, action)
            if isinstance(action, act.EndAttempt | act.RemovePod):
                continue
            changed = True
            if not isinstance(action, act.Expand | act.WritePlan):
                known.stirred = True  # what follows from what was written, such as tries, is read back with it
        return changed

    async def _advance(self, seen: Observed) -> act.Step:
        """What takes long for very many items is decided beside the event loop, by which the Lease is renewed."""
        many = max(_items(seen), len(seen.planned)) > MANY_ITEMS
        return await asyncio.to_thread(advance, seen) if many else advance(seen)

    async def _observe(self, known: Known, body: Body) -> Observed | None:
        tenants, catalogue = self._world.tenants, self._world.catalogue
        by = (body["metadata"].get("generation"), tenants, catalogue)
        if known.judged is None or known.judged_by != by:
            known.judged, known.judged_by = judge(body, tenants, catalogue), by
            known.refused = None
        if known.judged.job is None:
            known.load = None
            return None
        try:
            await self._refresh(known)
        except (WorkerError, DocumentError, OSError):
            if known.turn is None:
                self._begin(known, self._seen(known, known.judged, known.judged.job, body))
            raise
        return self._seen(known, known.judged, known.judged.job, body)

    def _begin(self, known: Known, seen: Observed) -> None:
        """What can be said of a job before its storage was read for the first time: nothing but what was told last."""
        step = act.Step(seen.status.phase, act.JobStanding.GOING, Reason.IN_PROGRESS, "its storage is read")
        known.turn = Turn(seen, step)

    def _seen(self, known: Known, judged: Judged, job: FaceSwapJob, body: Body) -> Observed:
        """What is known by now."""
        uid = judged.ref.uid
        limits = self._world.policy.limits
        free, closed = self._pools.left()
        return observe(
            judged,
            job,
            known.memory,
            status=body.get("status"),
            jobs=self._mirror.jobs(uid),
            pods=self._mirror.pods(uid),
            tenants=self._world.tenants,
            settings=replace(self._settings, unscheduled_seconds=seconds(limits.unscheduled_timeout)),
            free_gpus=free,
            closed=closed,
            now=self._clock(),
        )

    async def _refresh(self, known: Known) -> None:
        """Storage is read on events, and every so often while something runs.

        What is away for one job is away for all: it is waited for once in a round, not by every job after the other.
        """
        now = self._clock()
        stale = known.listed_at is None or (now - known.listed_at).total_seconds() >= self._timing.storage_seconds
        if known.stirred or stale:
            if self._storage_away:
                raise StoreError(Reason.SERVICE_AWAY, self._storage_away)
            known.stirred = False  # first: what happens meanwhile may be too late for this reading
            try:
                await asyncio.to_thread(known.memory.refresh)
            except BaseException as error:
                known.stirred = True
                if isinstance(error, StoreError) and error.reason is Reason.SERVICE_AWAY:
                    self._storage_away = str(error)
                raise
            known.listed_at = now
        self._accounts.storage_was_read(known)

    def _later(self, known: Known, uid: str, error: Exception) -> datetime:
        self._metrics.error(error)
        known.failures += 1
        known.wait(error)
        again = after_failures(known.failures)
        log.warning("job.waits", uid=uid, why=str(error), again_in_seconds=again.total_seconds())
        return self._clock() + again

    def _again(self, known: Known) -> datetime | None:
        turn = known.turn
        if turn is None:
            return None
        times = [turn.step.wake] if turn.step.wake else []
        if known.refused and known.refused.until > self._clock():
            times.append(known.refused.until)
        if turn.seen.live():
            times.append(self._clock() + timedelta(seconds=self._timing.storage_seconds))
        return min(times, default=None)
