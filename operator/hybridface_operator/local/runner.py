"""Runs the shards of one attempt as processes, so many at a time, and records how each worker ended.

What an end means for the work is the phase's business: it is asked after each whether the shard is to go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from hybridface_operator.errors import Interrupted, JobStopped
from hybridface_operator.planning.tries import counts, describe
from hybridface_operator.storage.records import Records
from hybridface_worker.contract import layout
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.manifest import WorkerExit
from hybridface_worker.contract.task import Attempt

from .listener import Listener
from .processes import Ending, Processes

_FOR_GOOD = frozenset({ExitCode.BAD_TASK, ExitCode.LACKS_PLAN, ExitCode.CANNOT_WRITE})
"""Another worker on this machine would end as this one did, until somebody has acted."""
FRUITLESS_ENDS = 3
"""So many workers of a shard may end one after the other without having got anywhere."""


@dataclass(frozen=True)
class ShardEnd:
    """How one worker of a shard ended, without having done it all."""

    exit: WorkerExit
    ending: Ending

    @property
    def shard(self) -> int:
        """Its shard."""
        return self.exit.shard


class Runner:
    """Runs attempts of one job.

    Args:
        session: unique to this run of the coordinator, so that no two workers ever have one name.
        workers: processes at a time.
    """

    def __init__(
        self, records: Records, processes: Processes, listener: Listener, *, session: str, workers: int
    ) -> None:
        self._records = records
        self._processes = processes
        self._listener = listener
        self._session = session
        self._slots = asyncio.Semaphore(workers)

    async def run(self, attempt: Attempt, shards: Sequence[int], again: Callable[[ShardEnd], bool]) -> None:
        """Works shards of an attempt. `again` says whether a shard whose worker ended badly gets another one.

        Raises:
            JobStopped: a worker said that the task is wrong, the plan not for this machine, or a disk full; or `again`
                raised it.
            Interrupted: the processes were told to stop.
        """
        runs = [self._work(attempt, shard, again) for shard in shards]
        results = await asyncio.gather(*runs, return_exceptions=True)
        errors = [result for result in results if isinstance(result, BaseException)]
        for error in sorted(errors, key=lambda error: isinstance(error, Interrupted)):
            raise error

    async def _work(self, attempt: Attempt, shard: int, again: Callable[[ShardEnd], bool]) -> None:
        """One shard, by one worker after another. Whatever ends it for good stops the others too."""
        async with self._slots:
            try:
                for number in count(1):
                    end = await self._one(attempt, shard, f"{self._session}-{attempt.attempt}-{shard}-{number}")
                    if end.exit.status == ExitCode.DONE or not self._goes_on(end, again):
                        return
            except Exception:
                if not self._processes.stopping:
                    self._processes.stop()
                raise

    def _goes_on(self, end: ShardEnd, again: Callable[[ShardEnd], bool]) -> bool:
        if self._processes.stopping:
            raise Interrupted("told to stop")
        if end.exit.status in _FOR_GOOD:
            raise JobStopped(end.ending.words or f"a worker ended with {describe(end.exit.status)}")
        return again(end)

    async def _one(self, attempt: Attempt, shard: int, worker: str) -> ShardEnd:
        task = self._records.area.uri(layout.attempt(attempt.attempt))
        ending = await self._processes.run(
            [attempt.work.phase, task, "--shard", str(shard)],
            {"HYBRIDFACE_WORKER_NAME": worker},
            lambda line: self._listener.event(worker, line),
        )
        end = WorkerExit(
            worker=worker,
            attempt=attempt.attempt,
            shard=shard,
            status=ending.status,
            counts=counts(ending.status, told_to_stop=self._processes.stopping),
        )
        self._records.record_exit(end)
        self._listener.ended(worker, ending)
        return ShardEnd(end, ending)


class Patience:
    """Ends the job where a shard's workers end again and again without having got anywhere."""

    def __init__(self) -> None:
        self._fruitless: dict[int, int] = {}

    def fruitful(self, shard: int) -> None:
        """The shard got on."""
        self._fruitless.pop(shard, None)

    def fruitless(self, end: ShardEnd) -> None:
        """A worker of the shard ended and left nothing. Raises JobStopped when that was the last of too many."""
        self._fruitless[end.shard] = self._fruitless.get(end.shard, 0) + 1
        if self._fruitless[end.shard] >= FRUITLESS_ENDS:
            raise JobStopped(
                f"{FRUITLESS_ENDS} workers one after the other got nowhere; the last ended with "
                f"{describe(end.exit.status)}{': ' + end.ending.words if end.ending.words else ''}"
            )
