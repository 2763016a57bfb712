"""The time as the API server has it: what it stamps on objects is compared with no other clock.

By a clock that is ahead, pods would be overdue, or without a node for too long, when they are not. Every answer of the
API server is dated, to the second; the clock of the operator's node is believed as long as it agrees with that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

log = structlog.get_logger()

TOLERATED = timedelta(seconds=5)
"""By so much clocks may differ: less than anything is waited for."""
_DATED_TO = timedelta(seconds=1)
"""A date leaves out what is less."""


def local_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class ServerClock:
    """Tells the time, corrected by what answers are dated."""

    def __init__(self, local: Callable[[], datetime] = local_now) -> None:
        """`local` is the machine's clock, in UTC."""
        self._local = local
        self.offset = timedelta(0)
        """What is added to the machine's clock: negative where that is ahead."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._local() + self.offset

    def heard(self, asked: datetime, date: str | None) -> None:
        """Takes in how an answer is dated that was asked for at that time, by this clock.

        It was dated after it was asked for and before it was heard, however long that took: a date outside of that is
        of a clock that differs. What cannot be read as a date says nothing.
        """
        dated = _read(date)
        if dated is None or asked - TOLERATED - _DATED_TO <= dated <= self.now() + TOLERATED:
            return
        before, self.offset = self.offset, dated - self._local()
        if not before:
            log.warning(
                "clock.differs", why="the API server's clock counts", ahead_seconds=-self.offset.total_seconds()
            )


def _read(date: str | None) -> datetime | None:
    try:
        dated = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return dated if dated is not None and dated.tzinfo is not None else None
