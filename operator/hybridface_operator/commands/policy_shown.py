"""How the policy in Consul is printed."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table

from hybridface_operator.consul_kv.publish import Stored
from hybridface_operator.policy.policy import DEFAULT_RULE, Policy, When


def as_json(stored: Stored) -> str:
    """One object: key, revision, valid; the policy and its digest, or what is wrong with it."""
    shown: dict[str, object] = {"key": stored.key, "revision": stored.revision, "valid": stored.policy is not None}
    if stored.policy is None:
        shown["problem"] = stored.problem
    else:
        shown |= {"sha256": stored.policy.digest(), "policy": json.loads(stored.policy.to_bytes())}
    return json.dumps(shown, ensure_ascii=False, indent=2)


def print_stored(stored: Stored) -> None:
    """What it is, and a table of its rules where it validates."""
    console = Console(markup=False)  # labels may hold brackets
    console.print(f"{stored.key}, index {stored.revision}", highlight=False)
    if stored.policy is None:
        console.print("does not validate: it is not in force, the last good one is")
        return
    console.print(f"sha256 {stored.policy.digest()}, prices in {stored.policy.currency}", highlight=False)
    console.print(_rules(stored.policy))
    if stored.policy.pools:
        console.print(_caps(stored.policy))


def _rules(policy: Policy) -> Table:
    table = Table("rule", "when", "place")
    for rule in policy.rules:
        table.add_row(rule.name, _when(rule.when), ", ".join(rule.place))
    table.add_row(DEFAULT_RULE, "no rule matches", ", ".join(policy.default.place))
    return table


def _when(when: When) -> str:
    """`priority: urgent, high; timeLeftBelow: 5m`."""
    fields = json.loads(when.model_dump_json(by_alias=True, exclude_none=True))
    return "; ".join(f"{name}: {_text(value)}" for name, value in fields.items()) or "always"


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={each}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _caps(policy: Policy) -> Table:
    table = Table("pool", "max price per GPU-hour", "max GPUs")
    for name, caps in policy.pools.items():
        price, gpus = caps.max_price_per_gpu_hour, caps.max_gpus
        table.add_row(name, "" if price is None else f"{price:f}", "" if gpus is None else str(gpus))
    return table
