"""Which jobs are to be reconciled, and when. Knows uids and times, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime


class DueQueue:
    """Each job stands in it once, at the earliest of the times that were asked for."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._due: dict[str, datetime] = {}
        self._news = asyncio.Event()

    def add(self, uid: str, at: datetime | None = None) -> None:
        """Has the job reconciled at that time, or at once."""
        when = at or self._clock()
        if uid not in self._due or when < self._due[uid]:
            self._due[uid] = when
        if at is None:
            self._news.set()

    def wake(self) -> None:
        """Ends a wait although no job is due."""
        self._news.set()

    def take(self) -> list[tuple[str, datetime]]:
        """Those that are due now, and since when, longest first; they are in it no more."""
        now = self._clock()
        self._news.clear()
        due = sorted((when, uid) for uid, when in self._due.items() if when <= now)
        for _, uid in due:
            del self._due[uid]
        return [(uid, when) for when, uid in due]

    async def wait(self, longest_seconds: float) -> None:
        """Until something happens, the next job is due, or so long."""
        now = self._clock()
        pause = min((max(0.0, (when - now).total_seconds()) for when in self._due.values()), default=longest_seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(pause, longest_seconds)):
                await self._news.wait()

    @property
    def lag_seconds(self) -> float:
        """For how long the job that is due longest has been."""
        now = self._clock()
        return max((max(0.0, (now - when).total_seconds()) for when in self._due.values()), default=0.0)
