"""What a pass has left to give away. What it gives is written into the facts, so that a turn replays from them."""

from __future__ import annotations

import math
from functools import cached_property

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.types import moment

from .facts import Facts, PoolFacts
from .standing import Standing

NOTHING_KNOWN = PoolFacts()


class Ledger:
    """The pools during a pass."""

    def __init__(self, inventory: Inventory, policy: Policy, facts: Facts) -> None:
        self.policy = policy
        self.now_text = facts.now
        self.now = moment(facts.now)
        self.pools = {pool.name: pool for pool in inventory.pools}
        self._facts = facts.pools
        self._standings: dict[str, Standing] = {}

    @property
    def facts(self) -> dict[str, PoolFacts]:
        """The pools' facts now. What was returned does not change when more is given away."""
        return self._facts

    def standing(self, name: str) -> Standing | None:
        """How the pool stands now; None where the inventory has no such pool."""
        standing = self._standings.get(name)
        if standing is None and (pool := self.pools.get(name)) is not None:
            standing = Standing.of(pool, self._facts.get(name, NOTHING_KNOWN), self.policy, self.now)
            self._standings[name] = standing
        return standing

    def give(self, name: str, gpus: int) -> None:
        """Takes GPUs that a job was given off what is left."""
        before = self._facts.get(name, NOTHING_KNOWN)
        free = before.free_gpus
        taken = {"reserved_gpus": before.reserved_gpus + gpus, "free_gpus": None if free is None else free - gpus}
        self._facts = {**self._facts, name: before.model_copy(update=taken)}
        del self._standings[name]

    @cached_property
    def private_backlog_seconds(self) -> float:
        """The least backlog of private pools that are neither switched off nor tripped; endless without any.

        The least, because work overflows only when no private pool would get to it in time.
        """
        private = (self.standing(name) for name, pool in self.pools.items() if pool.kind == "private")
        return min((each.facts.backlog_seconds for each in private if each and each.usable), default=math.inf)
