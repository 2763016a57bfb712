"""What a decision is told besides the jobs, read from files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.load import load_inventory, load_policy
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.reading import read, refuse
from hybridface_operator.routing.facts import Facts
from hybridface_operator.spec.load import load_document
from hybridface_operator.spec.problems import Problem, nearest


@dataclass(frozen=True)
class Scene:
    """Pools, policy and facts at one moment."""

    inventory: Inventory
    policy: Policy
    facts: Facts


def scene_from_files(policy: Path, pools: Path, facts: Path | None, now: datetime) -> Scene:
    """The scene that files describe; without facts it is now, every pool is free and no price is quoted.

    Raises:
        SpecError: a file cannot be read, or anything in it is wrong.
    """
    inventory = load_inventory(pools)
    return Scene(
        inventory=inventory,
        policy=load_policy(policy, inventory),
        facts=load_facts(facts, inventory) if facts else Facts(now=now.isoformat()),
    )


def load_facts(path: Path, inventory: Inventory) -> Facts:
    """The facts of a file. Raises SpecError; a pool that the inventory does not have is a mistake too."""
    text = load_document(path, "set of facts")
    facts = read(Facts, text)
    names = [pool.name for pool in inventory.pools]
    unknown = [name for name in facts.pools if name not in names]
    refuse((Problem(f"there is no such pool; {nearest(name, names)}", ("pools", name)) for name in unknown), text)
    return facts
