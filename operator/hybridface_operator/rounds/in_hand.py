"""What is carried out for jobs beside the rounds, for so many at a time; for each job one thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from .queue import DueQueue

log = structlog.get_logger()


class InHand:
    """Jobs for which something is being carried out, or waits its turn to be."""

    def __init__(self, queue: DueQueue, most: int) -> None:
        """`most` are carried out at a time."""
        self._queue = queue
        self._most = most
        self._slots = asyncio.Semaphore(most)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._due: dict[str, datetime] = {}
        self._error: BaseException | None = None

    def uids(self) -> set[str]:
        """Of all these jobs: what is known of them is old, or about to be."""
        return set(self._tasks)

    def holds(self, uid: str) -> bool:
        """Whether the job is one of them."""
        return uid in self._tasks

    def begin(self, uid: str, work: Callable[[], Awaitable[None]]) -> None:
        """Carries something out for a job that is not in hand, in the order of these calls. A defect is logged."""
        task = self._tasks[uid] = asyncio.create_task(self._in_turn(uid, work))
        task.add_done_callback(lambda task: self._end(uid, task))

    def reconcile_after(self, uid: str, since: datetime) -> None:
        """Has a job that is in hand reconciled once it no longer is. It is due since then."""
        self._due[uid] = min(since, self._due.get(uid, since))

    async def room(self) -> None:
        """Waits until nobody waits for a turn: what is decided then is carried out soon."""
        await self._fewer_than(self._most)

    async def empty(self) -> None:
        """Waits until nothing is in hand."""
        await self._fewer_than(1)

    async def cancel(self) -> None:
        """Ends it all, wherever it is."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fewer_than(self, count: int) -> None:
        """Raises what no defect of one job's is."""
        while self._error is None and len(self._tasks) >= count:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
        if self._error is not None:
            raise self._error

    async def _in_turn(self, uid: str, work: Callable[[], Awaitable[None]]) -> None:
        async with self._slots:
            try:
                await work()
            except Exception:
                log.exception("defect", uid=uid)

    def _end(self, uid: str, task: asyncio.Task[None]) -> None:
        del self._tasks[uid]
        if (since := self._due.pop(uid, None)) is not None:
            self._queue.add(uid, since)
            self._queue.wake()
        if not task.cancelled():
            self._error = self._error or task.exception()
