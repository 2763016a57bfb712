"""A watch on a key or a prefix: asks Consul, follows the rules of `watching`, and says what it learns."""

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
from .watching import Watching

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
    watching = Watching()
    while True:
        await asyncio.sleep(watching.pause_seconds(pace.chance()))
        question, asked = watching.question, time.monotonic()
        try:
            answer = await kv.read(
                key,
                recurse=recurse,
                index=question.index,
                wait_seconds=pace.wait_seconds,
                consistent=question.consistent,
            )
        except ConsulError as error:
            watching = watching.failed()
            kind = Hidden if isinstance(error, ConsulForbidden) else Away
            yield kind(pace.now(), str(error))
            continue
        watching, news = watching.answered(answer, time.monotonic() - asked)
        if news:
            yield Seen(pace.now(), watching.entries, watching.filtered)
        elif not watching.doubting:
            yield Unchanged(pace.now())
