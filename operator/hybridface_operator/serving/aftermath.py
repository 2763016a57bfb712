"""What is left to do, beside the rounds, for jobs that are over: webhooks are told, then scratch goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from .looking import is_over
from .mirror import Mirror
from .notify import Notifier
from .sweep import Sweeper

log = structlog.get_logger()

PAUSE_SECONDS = 5.0
"""Between two looks at all jobs that are over."""
_AT_ONCE = 16
"""Webhooks that are told at the same time, so that one which does not answer holds up few others."""


async def run_aftermath(
    mirror: Mirror,
    notifier: Notifier,
    sweeper: Sweeper,
    *,
    sweep_seconds: float,
    clock: Callable[[], datetime],
    pause_seconds: float = PAUSE_SECONDS,
) -> None:
    """For ever. Folders of jobs that are no more are looked for every `sweep_seconds`, first after as long."""
    sweep_at = clock() + timedelta(seconds=sweep_seconds)
    while True:
        await asyncio.sleep(pause_seconds)
        try:
            await look_after(mirror, notifier, sweeper, clock())
            if clock() >= sweep_at:
                sweep_at = clock() + timedelta(seconds=sweep_seconds)
                await sweeper.sweep_orphans(clock())
        except Exception:
            log.exception("defect")


async def look_after(mirror: Mirror, notifier: Notifier, sweeper: Sweeper, now: datetime) -> None:
    """Once, for all jobs that are over."""
    waiting = [uid for uid, body in mirror.face_swap_jobs().items() if is_over(body) and not notifier.settled(uid)]
    slots = asyncio.Semaphore(_AT_ONCE)

    async def tell(uid: str) -> None:
        async with slots:
            await notifier.notify(uid)

    await asyncio.gather(*(tell(uid) for uid in waiting))
    notifier.forget()
    await sweeper.sweep_finished(now)
