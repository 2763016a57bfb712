"""Looks at jobs, so many at a time. One that takes long goes on beside the rounds, and takes up no slot any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
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

    def going(self) -> set[str]:
        """The jobs that are being looked at."""
        return {uid for uid, look in self._looks.items() if not look.task.done()}

    async def take(self, uids: Iterable[str], seconds: float) -> set[str]:
        """Looks at jobs, and waits so long for that. Returns whose looks have ended, also of those begun before.

        A job that is looked at already is looked at again after that.
        """
        begun: list[_Look] = []
        for uid in uids:
            if uid in self._looks:
                self._looks[uid].again = True
            else:
                self._looks[uid] = _Look(partial(self._look, uid), self._slots)
                begun.append(self._looks[uid])
        if begun:
            await asyncio.wait([look.task for look in begun], timeout=seconds)
        for look in begun:
            if not look.task.done():
                look.is_late()
                look.task.add_done_callback(lambda _: self._queue.wake())
        ended = self._looks.keys() - self.going()
        for uid in ended:
            look = self._looks.pop(uid)
            look.task.result()
            if look.again:
                self._queue.add(uid)
        return ended

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
        self._slots = slots
        self._holds_slot = False
        self._late = False
        self.task = asyncio.create_task(self._in_turn(look))

    async def _in_turn(self, look: Callable[[], Awaitable[None]]) -> None:
        await self._slots.acquire()
        self._holds_slot = True
        if self._late:
            self._leave_slot()
        try:
            await look()
        finally:
            self._leave_slot()

    def is_late(self) -> None:
        """It goes on beside the rounds; its slot, also one that it will have waited for, is another's."""
        self._late = True
        self._leave_slot()

    def _leave_slot(self) -> None:
        if self._holds_slot:
            self._holds_slot = False
            self._slots.release()
