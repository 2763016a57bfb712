"""Verdicts in words, with the numbers that they rest on."""

from __future__ import annotations

from functools import lru_cache

from hybridface_operator.policy.inventory import Pool
from hybridface_operator.policy.words import amount, several
from hybridface_worker.contract.reasons import Reason

from .facts import Gate
from .gates import NOT_PRIVATE, Asked, Failed, trusted
from .placement import Verdict
from .rules import rule_named
from .standing import Standing


def candidate(asked: Asked, standing: Standing, failed: Failed | None, *, late: bool) -> Verdict:
    """On a pool that the rule names; with `late` a failed deadline is no hindrance, as waiting helps nobody."""
    if failed is None:
        return _verdict(standing, None, Reason.FITS, _fits(asked, standing))
    if late:
        message = f"{_fits(asked, standing)}; {failed.message}: late anyway, because no pool would finish in time"
        return _verdict(standing, None, Reason.FITS, message)
    return _verdict(standing, failed.gate, failed.reason, failed.message)


def outsider(asked: Asked, pool: Pool, rule: str) -> Verdict:
    """On a pool that the rule does not name."""
    return _outside(pool.name, rule if trusted(asked, pool) else None)


@lru_cache(maxsize=4096)
def _outside(pool: str, rule: str | None) -> Verdict:
    """Not named by the rule; with none, not trusted."""
    if rule is None:
        return _made(pool, *NOT_PRIVATE, None, None, candidate=False)
    return _made(pool, None, Reason.NOT_IN_RULE, f"{rule_named(rule)} does not name it", None, None, candidate=False)


def _fits(asked: Asked, standing: Standing) -> str:
    if not asked.needs_gpus:
        return f"{asked.request.phase.capitalize()} needs no GPU; {standing.price.message}"
    left = asked.seconds_left
    late = "; its deadline has passed: late anyway" if left is not None and left <= 0 else ""
    free = f"{standing.free_gpus} of {several(standing.max_gpus, 'GPU')} free"
    return f"{free}; {standing.price.message}{late}"


def _verdict(standing: Standing, gate: Gate | None, reason: Reason, message: str) -> Verdict:
    known = standing.price.price
    price = None if known is None else amount(known)
    observed = None if known is None else standing.price_observed_at
    return _made(standing.pool.name, gate, reason, message, price, observed, candidate=True)


@lru_cache(maxsize=4096)
def _made(
    pool: str,
    gate: Gate | None,
    reason: Reason,
    message: str,
    price: str | None,
    observed: str | None,
    *,
    candidate: bool,
) -> Verdict:
    """Most verdicts of a pass are said of many jobs; as values they are made once."""
    return Verdict(
        pool=pool,
        fit=reason is Reason.FITS,
        gate=gate,
        reason=reason,
        message=message,
        candidate=candidate,
        price=price,
        price_observed_at=observed,
    )
