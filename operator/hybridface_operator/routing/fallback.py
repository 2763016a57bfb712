"""What holds where no policy was ever seen: private pools only."""

from __future__ import annotations

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Default, Policy, PoolCaps


def private_only(inventory: Inventory) -> Policy:
    """Work goes to the private pools in the inventory's order; every cloud pool is switched off."""
    private = tuple(pool.name for pool in inventory.pools if pool.kind == "private")
    cloud = {pool.name: PoolCaps(max_gpus=0) for pool in inventory.pools if pool.kind != "private"}
    return Policy(default=Default(place=private or tuple(cloud)), pools=cloud)
