"""Jobs are reconciled so many at a time. One that takes long goes on beside the rounds, and takes up no slot any more.

One that found no slot is for the next round. So ten thousand jobs, as after a restart, are reconciled in several
rounds, with what was seen placed in between, and never all at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
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
        """The jobs whose reconcile is not known to have ended, and those due that found no slot: all known is old."""
        return self._begun.keys() | self._left

    async def take(self, due: Iterable[tuple[str, datetime]], seconds: float) -> set[str]:
        """Reconciles jobs, for so many seconds. Returns whose reconcile has ended, also of those begun before.

        A job that is in flight already is reconciled again after that. One that found no slot stays due since then.
        """
        left = self._not_in_flight(due)
        begun: list[_Reconcile] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for uid in list(left):
                    await self._slots.acquire()
                    del left[uid]
                    self._begun[uid] = _Reconcile(partial(self._reconcile, uid), self._slots)
                    begun.append(self._begun[uid])
                if begun:
                    await asyncio.wait([each.task for each in begun])
        self._left = set(left)
        for uid, since in left.items():
            self._queue.add(uid, since)
        for each in begun:
            if not each.task.done():
                each.leave_slot()
                each.task.add_done_callback(lambda _: self._queue.wake())
        return self._ended()

    async def cancel(self) -> None:
        """Ends them all."""
        tasks = [running.task for running in self._begun.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _not_in_flight(self, due: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
        others: dict[str, datetime] = {}
        for uid, since in due:
            if uid in self._begun:
                self._begun[uid].again = True
            else:
                others[uid] = since
        return others

    def _ended(self) -> set[str]:
        """Those whose end nobody has heard of yet. Raises what no defect of one job's is."""
        ended = self._begun.keys() - self._going()
        for uid in ended:
            running = self._begun.pop(uid)
            running.task.result()
            if running.again:
                self._queue.add(uid)
        return ended

    def _going(self) -> set[str]:
        return {uid for uid, running in self._begun.items() if not running.task.done()}


class _Reconcile:
    """One reconcile of one job, which has a slot."""

    def __init__(self, reconcile: Callable[[], Awaitable[None]], slots: asyncio.Semaphore) -> None:
        self.again = False
        """Whether something happened to the job since it began."""
        self._slots = slots
        self._holds_slot = True
        self.task = asyncio.create_task(self._run(reconcile))
        self.task.add_done_callback(lambda _: self.leave_slot())

    async def _run(self, reconcile: Callable[[], Awaitable[None]]) -> None:
        await reconcile()

    def leave_slot(self) -> None:
        """Its slot is another's, though it goes on."""
        if self._holds_slot:
            self._holds_slot = False
            self._slots.release()
