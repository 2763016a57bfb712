"""How one pool stands at one job's turn: what is left of it and at what price. Knows no job."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, Self

from hybridface_operator.policy.inventory import Pool
from hybridface_operator.policy.policy import Policy, PoolCaps
from hybridface_operator.policy.quotes import QuoteVerdict, judge_quote
from hybridface_operator.policy.words import amount
from hybridface_worker.contract.reasons import Reason

from .breakers import is_open
from .facts import Breaker, PoolFacts

NO_CAPS = PoolCaps()


class Standing(NamedTuple):
    """A pool, its facts, and what follows from both under the policy."""

    pool: Pool
    facts: PoolFacts
    policy: Policy
    max_gpus: int
    """GPUs that may be used at a time, by everybody: caps tighten the inventory and never widen it."""
    free_gpus: int
    """GPUs that can be given away."""
    max_price: Decimal | None
    """The policy's cap per GPU-hour."""
    price: QuoteVerdict
    """What a GPU-hour costs, as far as that is proved."""
    price_observed_at: str | None
    """When the price was observed; None where it is fixed or there is none."""
    open_breaker: Breaker | None
    """The breaker, where it is open."""

    @classmethod
    def of(cls, pool: Pool, facts: PoolFacts, policy: Policy, now: datetime) -> Self:
        """How the pool stands."""
        caps = policy.pools.get(pool.name, NO_CAPS)
        max_gpus = pool.max_gpus if caps.max_gpus is None else min(pool.max_gpus, caps.max_gpus)
        unreserved = max(max_gpus - facts.reserved_gpus, 0)
        free_gpus = unreserved if facts.free_gpus is None else min(unreserved, facts.free_gpus)
        fixed = pool.fixed_price
        if fixed is None:
            price = judge_quote(facts.quote, policy, now)
            observed_at = facts.quote.observed_at if facts.quote else None
        else:
            price, observed_at = _at(amount(fixed), policy.currency), None
        open_breaker = facts.breaker if is_open(facts.breaker, now) else None
        return cls(
            pool, facts, policy, max_gpus, free_gpus, caps.max_price_per_gpu_hour, price, observed_at, open_breaker
        )

    @property
    def usable(self) -> bool:
        """Neither switched off nor tripped."""
        return self.max_gpus > 0 and self.open_breaker is None


@lru_cache(maxsize=256)
def _at(fixed: str, currency: str) -> QuoteVerdict:
    """By the price as it is written: of equal numbers one would otherwise be told in the other's digits."""
    return QuoteVerdict(Decimal(fixed), Reason.FITS, f"{fixed} {currency} per GPU-hour, fixed")
