"""A watch on a key or a prefix: asks Consul, follows the rules of `watch_state`, and says what it learns."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from .client import ConsulKV
from .errors import ConsulError, ConsulForbidden
from .observation import Away, Hidden, Observation, Seen, Unchanged
from .watch_state import WatchState

WAIT_SECONDS = 60.0
"""How long Consul holds a query while nothing changes: so often at least a watch knows that it still hears."""


def utc_now() -> datetime:
    """The time, for observations."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Pace:
    """How a watch spends its time. Tests replace clock and chance."""

    wait_seconds: float = WAIT_SECONDS
    chance: Callable[[], float] = random.random
    now: Callable[[], datetime] = utc_now


async def watch(
    kv: ConsulKV, key: str, *, recurse: bool = False, pace: Pace | None = None
) -> AsyncIterator[Observation]:
    """Observations of a key, or of all keys below a prefix, for ever. It raises nothing: it waits and asks again."""
    pace = pace or Pace()
    state = WatchState()
    while True:
        await asyncio.sleep(state.pause_seconds(pace.chance()))
        question, asked = state.question, time.monotonic()
        try:
            answer = await kv.read(
                key,
                recurse=recurse,
                index=question.index,
                wait_seconds=pace.wait_seconds,
                consistent=question.consistent,
            )
        except ConsulError as error:
            state = state.failed()
            kind = Hidden if isinstance(error, ConsulForbidden) else Away
            yield kind(pace.now(), str(error))
            continue
        state, news = state.answered(answer, time.monotonic() - asked)
        if news:
            yield Seen(pace.now(), state.entries, state.filtered)
        elif not state.doubting:
            yield Unchanged(pace.now())
