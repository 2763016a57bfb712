"""Jobs are reconciled so many at a time. One that takes long goes on beside the rounds, and takes up no slot any more.

One that found no slot is for the next round. So ten thousand jobs, as after a restart, are reconciled in several
rounds, with what was seen placed in between, and never all at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial

from .queue import DueQueue


class InFlight:
    """Reconciles that were begun and whose end no round has heard of. There is one for each job at a time."""

    def __init__(self, reconcile: Callable[[str], Awaitable[None]], queue: DueQueue, slots: asyncio.Semaphore) -> None:
        """`slots` are as many as may be reconciled at a time."""
        self._reconcile = reconcile
        self._queue = queue
        self._slots = slots
        self._begun: dict[str, _Reconcile] = {}
        self._left: set[str] = set()

    def busy(self) -> set[str]:
        """The jobs that are being reconciled, and those due that found no slot: what is known of both is old."""
        return self._going() | self._left

    async def take(
        self, due: Iterable[tuple[str, datetime]], seconds: float, meanwhile: Callable[[], Awaitable[None]]
    ) -> set[str]:
        """Reconciles jobs. Returns whose reconcile has ended, also of those begun before.

        It waits so many seconds, and in any case for what goes on `meanwhile`.

        A job that is in flight already is reconciled again after that. One that found no slot stays due since then.
        """
        wanted: dict[str, datetime] = {}
        for uid, since in due:
            if uid in self._begun:
                self._begun[uid].again = True
            else:
                self._begun[uid], wanted[uid] = _Reconcile(partial(self._reconcile, uid), self._slots), since
        if wanted:
            await asyncio.wait([self._begun[uid].task for uid in wanted], timeout=seconds)
        await meanwhile()
        self._left = {uid for uid in wanted if self._begun[uid].waits}
        for uid, since in wanted.items():
            running = self._begun[uid]
            if running.waits:
                running.task.cancel()
                del self._begun[uid]
                self._queue.add(uid, since)
            elif not running.task.done():
                running.leave_slot()
                running.task.add_done_callback(lambda _: self._queue.wake())
        ended = self._begun.keys() - self._going()
        for uid in ended:
            running = self._begun.pop(uid)
            running.task.result()
            if running.again:
                self._queue.add(uid)
        return ended

    def _going(self) -> set[str]:
        return {uid for uid, running in self._begun.items() if not running.task.done()}

    async def cancel(self) -> None:
        """Ends them all."""
        tasks = [running.task for running in self._begun.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Reconcile:
    """One reconcile of one job."""

    def __init__(self, reconcile: Callable[[], Awaitable[None]], slots: asyncio.Semaphore) -> None:
        self.again = False
        """Whether something happened to the job since it began."""
        self.waits = True
        """Whether it has had no slot yet."""
        self._slots = slots
        self._holds_slot = False
        self.task = asyncio.create_task(self._in_turn(reconcile))

    async def _in_turn(self, reconcile: Callable[[], Awaitable[None]]) -> None:
        await self._slots.acquire()
        self._holds_slot, self.waits = True, False
        try:
            await reconcile()
        finally:
            self.leave_slot()

    def leave_slot(self) -> None:
        """Its slot is another's, though it goes on."""
        if self._holds_slot:
            self._holds_slot = False
            self._slots.release()
