"""Inventories and policies to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.tenants import Tenants

EXAMPLES = Path(__file__).resolve().parents[2] / "policies"

LABEL = "node-restriction.kubernetes.io/zone"
PRIVATE: dict[str, Any] = {"name": "private", "kind": "private", "maxGpus": 8, "nodeSelector": {LABEL: "private"}}
AWS: dict[str, Any] = {
    "name": "aws-spot",
    "kind": "cloud",
    "provider": "aws",
    "region": "eu-central-1",
    "instanceType": "g4dn.xlarge",
    "maxGpus": 64,
    "nodeSelector": {"pool": "aws-spot"},
}
GCP: dict[str, Any] = AWS | {
    "name": "gcp-spot",
    "provider": "gcp",
    "instanceType": "g2-standard-8",
    "nodeSelector": {"pool": "gcp-spot"},
}


def inventory(*pools: dict[str, Any]) -> Inventory:
    """An inventory of these pools; of a private and two cloud pools where none is given."""
    label = {"key": LABEL, "value": "private"}
    return Inventory.model_validate({"privateNodes": label, "pools": list(pools or (PRIVATE, AWS, GCP))})


def policy(*rules: dict[str, Any], **fields: Any) -> Policy:
    """A policy of these rules, which get names and a place where they have none; the default is private."""
    named = [{"name": f"rule-{number}", "place": ["private"], **rule} for number, rule in enumerate(rules)]
    return Policy.model_validate({"rules": named, "default": {"place": ["private"]}} | fields)


def tenants(*grants: dict[str, Any]) -> Tenants:
    """Grants as a file has them."""
    return Tenants.model_validate({"grants": list(grants)})
