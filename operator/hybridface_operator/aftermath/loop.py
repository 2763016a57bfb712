"""What is left to do, beside the rounds, for jobs that are over: webhooks are told, then scratch goes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.spec.objects import is_over

from .notify import Notifier
from .sweep import MOST_AT_ONCE, Sweeper

log = structlog.get_logger()

PAUSE_SECONDS = 5.0
"""Between two looks at all jobs that are over."""
_AT_ONCE = 16
"""Webhooks that are told at the same time, so that one which does not answer holds up few others."""
OF_ONE_NAMESPACE = 16
"""Webhooks of a namespace that are told in one look: those that do not answer hold up no other tenant for long."""


async def run_aftermath(
    mirror: Mirror,
    notifier: Notifier,
    sweeper: Sweeper,
    *,
    sweep_seconds: float,
    clock: Callable[[], datetime],
    pause_seconds: float = PAUSE_SECONDS,
) -> None:
    """For ever.

    Folders of jobs that are no more are looked for every `sweep_seconds`, first after as long, and with each look while
    there are more than one pass removes.
    """
    sweep_at = clock() + timedelta(seconds=sweep_seconds)
    more = False
    while True:
        await asyncio.sleep(0 if more else pause_seconds)
        try:
            more = await look_after(mirror, notifier, sweeper, clock())
            if clock() >= sweep_at:
                sweep_at = clock() + timedelta(seconds=sweep_seconds)
                if await sweeper.sweep_orphans(clock()) == MOST_AT_ONCE:
                    sweep_at = clock()
        except Exception:
            more = False
            log.exception("defect")


async def look_after(mirror: Mirror, notifier: Notifier, sweeper: Sweeper, now: datetime) -> bool:
    """Once, for all jobs that are over. Whether to look again at once: a namespace has more webhooks to tell."""
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    for uid, body in mirror.face_swap_jobs().items():
        if is_over(body) and not notifier.settled(uid):
            waiting[body["metadata"]["namespace"]].append(uid)
    in_turn = [own[place] for place in range(OF_ONE_NAMESPACE) for own in waiting.values() if place < len(own)]
    slots = asyncio.Semaphore(_AT_ONCE)

    async def tell(uid: str) -> None:
        async with slots:
            await notifier.notify(uid)

    await asyncio.gather(*(tell(uid) for uid in in_turn))
    notifier.forget()
    await sweeper.sweep_finished(now)
    left = sum(map(len, waiting.values())) > len(in_turn)
    return left and any(notifier.settled(uid) for uid in in_turn)
