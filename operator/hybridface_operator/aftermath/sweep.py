"""Removes what nobody needs any more: Jobs and scratch of jobs that are over, scratch of jobs that are no more.

Never a FaceSwapJob and never an output. A wrong answer must not delete anything: a folder is an orphan only if two
lists of the API server, neither of them empty, know no job of its name.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

import structlog

from hybridface_operator.errors import OperatorError
from hybridface_operator.kube.api import ClusterApi, Kind
from hybridface_operator.manifests.events import job_event
from hybridface_operator.policy.types import moment
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.spec.objects import Body, is_over, job_ref
from hybridface_worker.contract.errors import WorkerError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.stores import Stores

from .orphans import end_orphans

log = structlog.get_logger()

_NEVER = datetime.min.replace(tzinfo=UTC)
MOST_AT_ONCE = 20
"""Folders that one pass removes, so that a sweep never is all that storage does."""


class Sweeper:
    """Sweeps below one work folder. One call of each method at a time."""

    def __init__(
        self,
        cluster: ClusterApi,
        stores: Stores,
        mirror: Mirror,
        metrics: Metrics,
        *,
        work_uri: str,
        instance: str,
        all_namespaces: bool = True,
        orphan_seconds: float = 3600,
        may_sweep: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Prepares; nothing is removed yet.

        An orphan whose newest object is younger than `orphan_seconds` may have workers that are not done yet.
        `may_sweep` is asked by uid whether nobody needs the scratch of a finished job any more.
        """
        self._cluster = cluster
        self._stores = stores
        self._mirror = mirror
        self._metrics = metrics
        self._folder = f"{work_uri}jobs/"
        self._instance = instance
        self._all_namespaces = all_namespaces
        self._orphan_grace = timedelta(seconds=orphan_seconds)
        self._may_sweep = may_sweep
        self._tried: dict[str, datetime] = {}
        """When a finished job that still has scratch was tried last."""

    async def sweep_finished(self, now: datetime) -> int:
        """Removes Jobs and scratch of jobs whose time has come. Returns how many are done with."""
        due = [uid for uid, body in self._mirror.face_swap_jobs().items() if is_due(body, now) and self._may_sweep(uid)]
        self._tried = {uid: when for uid in due if (when := self._tried.get(uid))}
        swept = 0
        # Those that cannot be done with, such as where pods are on a dead node, are no reason for others to wait.
        for uid in sorted(due, key=lambda uid: self._tried.get(uid, _NEVER))[:MOST_AT_ONCE]:
            self._tried[uid] = now
            try:
                swept += await self._finish(uid, now)
            except (OperatorError, WorkerError) as error:
                self._metrics.error(error)
                log.warning("sweep.waits", uid=uid, why=str(error))
        return swept

    async def sweep_orphans(self, now: datetime) -> int:
        """Ends Jobs and removes folders of jobs that are no more. Returns how many folders.

        An operator that sees some namespaces only cannot tell whose a folder is, and removes none.
        """
        try:
            await end_orphans(self._cluster, self._mirror)
            return await self._sweep_orphans(now) if self._all_namespaces else 0
        except (OperatorError, WorkerError) as error:
            self._metrics.error(error)
            log.warning("sweep.waits", why=str(error))
            return 0

    async def _finish(self, uid: str, now: datetime) -> bool:
        """One finished job. False where its Jobs have to go first."""
        ref = job_ref(self._mirror.face_swap_jobs()[uid])
        body = await self._cluster.get(Kind.FACE_SWAP_JOB, ref.namespace, ref.name)
        if body is None or body["metadata"]["uid"] != uid or not is_due(body, now):
            return False
        jobs = list(self._mirror.jobs(uid).values())
        for job in jobs:
            await self._cluster.delete_job(ref.namespace, job.name, job.uid, foreground=True)
        if jobs or not all(pod.ended for pod in self._mirror.pods(uid).values()):
            return False
        removed = await asyncio.to_thread(self._remove, uid)
        status = {**(body.get("status") or {}), "scratchRemoved": True}
        written = await self._cluster.write_status(ref, status, body["metadata"]["resourceVersion"])
        self._mirror.see(Kind.FACE_SWAP_JOB, written)
        self._mirror.slim(uid)
        self._mirror.forget_pods(uid, list(self._mirror.pods(uid)))
        self._metrics.swept("finished")
        log.info("scratch.removed", job=ref.name, uid=uid, objects=removed)
        note = f"{removed} scratch objects are removed, {_ttl_seconds(body)} s after it ended; outputs stay"
        await self._cluster.create_event(
            job_event(
                ref,
                kind="Normal",
                reason=Reason.SCRATCH_REMOVED,
                action="Sweep",
                note=note,
                now=now.isoformat(timespec="microseconds"),
                instance=self._instance,
            )
        )
        return True

    async def _sweep_orphans(self, now: datetime) -> int:
        folders = await asyncio.to_thread(self._folders)
        orphans = folders - set(self._mirror.face_swap_jobs())
        if not orphans or not (living := await self._living()):
            return 0
        old = await asyncio.to_thread(self._old, sorted(orphans - living), now)
        if not old or not (living := await self._living()):
            return 0
        swept = [uid for uid in old if uid not in living]
        for uid in swept:
            removed = await asyncio.to_thread(self._remove, uid)
            self._metrics.swept("orphan")
            log.info("orphan.removed", uid=uid, objects=removed)
        return len(swept)

    async def _living(self) -> set[str]:
        """The uids of every job there is. None at all is taken for a wrong answer."""
        uids = {body["metadata"]["uid"] for body in await self._cluster.list(Kind.FACE_SWAP_JOB)}
        if not uids:
            log.warning("sweep.refused", why="the API server says that there is no FaceSwapJob at all")
        return uids

    def _folders(self) -> set[str]:
        """Folders that have the name of a job; whatever else there is, is not ours."""
        store, prefix = self._stores.resolve(self._folder)
        return {name for name in store.list_folders(prefix) if _is_uid(name)}

    def _old(self, uids: Iterable[str], now: datetime) -> list[str]:
        """The first of them that are old, as many as one pass removes: each is listed to tell."""
        return list(islice((uid for uid in uids if self._is_old(uid, now)), MOST_AT_ONCE))

    def _is_old(self, uid: str, now: datetime) -> bool:
        """Whether it was left alone for long. A bucket with versions also names folders of which nothing is left."""
        store, prefix = self._stores.resolve(f"{self._folder}{uid}/")
        times = (info.modified for info in store.list(prefix))
        first = next(times, None)
        return first is not None and all(time and now - time > self._orphan_grace for time in chain((first,), times))

    def _remove(self, uid: str) -> int:
        """Every object of the job, and what uploads left. Returns how many objects there were."""
        if not _is_uid(uid):
            raise ValueError(f"{uid!r} is no uid")
        store, prefix = self._stores.resolve(f"{self._folder}{uid}/")
        removed = store.delete_many(info.key for info in store.list(prefix))
        store.abort_uploads(prefix)
        return removed


def is_due(body: Body, now: datetime) -> bool:
    """Whether a job ended longer ago than its scratch is to stay, and still has some."""
    status = body.get("status") or {}
    ended = status.get("completionTime")
    if not is_over(body) or status.get("scratchRemoved") or not ended:
        return False
    return now >= moment(ended) + timedelta(seconds=_ttl_seconds(body))


def _ttl_seconds(body: Body) -> int:
    """The API server fills the default in."""
    return int((body.get("spec") or {})["ttlSecondsAfterFinished"])


def _is_uid(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
