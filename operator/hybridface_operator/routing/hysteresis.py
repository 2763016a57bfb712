"""When running work leaves its pool. It stays through what passes: only what lasts for `dwell` moves it.

A full pool moves nothing: the work in it is what fills it. Neither does an edited rule: it is for what waits.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from hybridface_operator.policy.types import moment
from hybridface_operator.spec.types import seconds

from .facts import Gate, LiveAttempt
from .gates import GATES, Asked
from .ledger import Ledger

AT_ONCE = (Gate.TRUST, Gate.NARROWING)
"""Work that must not be there, whatever comes of it."""
LASTING = (Gate.PRICE, Gate.BREAKER, Gate.DEADLINE)
"""Gates whose failure moves work once it has lasted."""
WITHOUT_ELSEWHERE = (Gate.PRICE,)
"""Money is not spent above a cap, also where the work then has to wait. The others move only to where it fits."""

Since = dict[str, dict[Gate, str]]


def leaving(asked: Asked, ledger: Ledger, fitting: Collection[str]) -> tuple[tuple[int, ...], Since]:
    """The attempts that leave, and since when the pools of live attempts have failed which lasting gate.

    Args:
        asked: of the job.
        ledger: of the pass.
        fitting: the rule's candidates that pass every gate.
    """
    pools = dict.fromkeys(attempt.pool for attempt in asked.own.live)
    since = {pool: failing for pool in pools if (failing := _since(pool, asked, ledger))}
    leave = tuple(attempt.number for attempt in asked.own.live if _leaves(attempt, asked, ledger, fitting, since))
    return leave, since


def _since(pool: str, asked: Asked, ledger: Ledger) -> dict[Gate, str]:
    standing = ledger.standing(pool)
    if standing is None:
        return {}
    before = asked.own.failing_since.get(pool, {})
    return {
        gate: min(before.get(gate, ledger.now_text), ledger.now_text, key=moment)  # of a clock that was ahead, now
        for gate in LASTING
        if GATES[gate](asked, standing)
    }


def _leaves(attempt: LiveAttempt, asked: Asked, ledger: Ledger, fitting: Collection[str], since: Since) -> bool:
    standing = ledger.standing(attempt.pool)
    if standing is None or any(GATES[gate](asked, standing) for gate in AT_ONCE):
        return True
    dwell = timedelta(seconds=seconds(ledger.policy.limits.dwell))
    elsewhere = any(pool != attempt.pool for pool in fitting)
    return any(
        ledger.now - moment(time) >= dwell and (elsewhere or gate in WITHOUT_ELSEWHERE)
        for gate, time in since.get(attempt.pool, {}).items()
    )
