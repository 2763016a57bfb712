"""What the operator is told by others than the API server, as it is now: policy, prices, grants, and its own memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hybridface_operator.consul_kv.policy_state import PolicyState
from hybridface_operator.manifests.config import OperatorState
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.routing.fallback import private_only
from hybridface_worker.contract.catalogue import Catalogue

from .capacity import Held


@dataclass
class World:
    """Whoever learns something new replaces a field; nobody changes what is in one."""

    inventory: Inventory
    tenants: Tenants
    catalogue: Catalogue = field(default_factory=Catalogue)
    policy_state: PolicyState = field(default_factory=PolicyState)
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    refused_quotes: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with quotes that are stored and not believed, by pool, or by a name that is none's."""
    state: OperatorState = field(default_factory=OperatorState)
    held_gpus: Held = field(default_factory=dict)
    """GPUs that pods of others ask for."""

    @property
    def policy(self) -> Policy:
        """In force; where none was ever seen, one that knows private pools alone."""
        return self.policy_state.policy or private_only(self.inventory)
