"""Looks at jobs, so many at a time. One that takes long goes on beside the rounds, and takes up no slot any more.

One that found no slot is for the next round. So ten thousand jobs, as after a restart, are looked at in several rounds,
with what was seen placed in between, and never all at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial

from .queue import DueQueue


class Looks:
    """Those that were begun and whose end no round has heard of. There is one for each job at a time."""

    def __init__(self, look: Callable[[str], Awaitable[None]], queue: DueQueue, slots: asyncio.Semaphore) -> None:
        """`slots` are shared with whatever else a round does so many at a time of."""
        self._look = look
        self._queue = queue
        self._slots = slots
        self._looks: dict[str, _Look] = {}
        self._left: set[str] = set()

    def open(self) -> set[str]:
        """The jobs that are being looked at, and those that are due and found no slot: what is known of them is old."""
        return self._going() | self._left

    async def take(self, due: Iterable[tuple[str, datetime]], seconds: float) -> set[str]:
        """Looks at jobs, and waits so long for that. Returns whose looks have ended, also of those begun before.

        A job that is looked at already is looked at again after that. One that found no slot stays due since then.
        """
        wanted: dict[str, datetime] = {}
        for uid, since in due:
            if uid in self._looks:
                self._looks[uid].again = True
            else:
                self._looks[uid], wanted[uid] = _Look(partial(self._look, uid), self._slots), since
        if wanted:
            await asyncio.wait([self._looks[uid].task for uid in wanted], timeout=seconds)
        self._left = {uid for uid in wanted if self._looks[uid].waits}
        for uid, since in wanted.items():
            look = self._looks[uid]
            if look.waits:
                look.task.cancel()
                del self._looks[uid]
                self._queue.add(uid, since)
            elif not look.task.done():
                look.leave_slot()
                look.task.add_done_callback(lambda _: self._queue.wake())
        ended = self._looks.keys() - self._going()
        for uid in ended:
            look = self._looks.pop(uid)
            look.task.result()
            if look.again:
                self._queue.add(uid)
        return ended

    def _going(self) -> set[str]:
        return {uid for uid, look in self._looks.items() if not look.task.done()}

    async def cancel(self) -> None:
        """Ends them all."""
        tasks = [look.task for look in self._looks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Look:
    """One look at one job."""

    def __init__(self, look: Callable[[], Awaitable[None]], slots: asyncio.Semaphore) -> None:
        self.again = False
        """Whether something happened to the job since it began."""
        self.waits = True
        """Whether it has had no slot yet."""
        self._slots = slots
        self._holds_slot = False
        self.task = asyncio.create_task(self._in_turn(look))

    async def _in_turn(self, look: Callable[[], Awaitable[None]]) -> None:
        await self._slots.acquire()
        self._holds_slot, self.waits = True, False
        try:
            await look()
        finally:
            self.leave_slot()

    def leave_slot(self) -> None:
        """Its slot is another's, though it goes on."""
        if self._holds_slot:
            self._holds_slot = False
            self._slots.release()
