"""Validates a policy beyond its schema, against the inventory. Never raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hybridface_operator.spec.problems import Location, Problem, nearest, shown
from hybridface_operator.spec.types import LABEL_KEY, LABEL_VALUE, MEANING, seconds

from .inventory import Inventory
from .policy import DEFAULT_RULE, Policy, Rule
from .reach import reach
from .types import Sensitivity

_DAY = 24 * 3600

_BOUNDS = {
    "price_max_age": (1, 7 * _DAY, "no quote would be fresh enough", "a spot price of last week proves nothing"),
    "dwell": (0, _DAY, "", "running work would stay for a day where it may not be"),
    "unscheduled_timeout": (
        10,
        _DAY,
        "a pod needs some seconds to find a node even where one is free",
        "a pool without nodes would hold its work for a day",
    ),
    "breaker_cooldown": (
        10,
        _DAY,
        "a pool without nodes would be tried without a pause",
        "it doubles with each trip, so that one bad hour would cost weeks",
    ),
}
"""Least and most seconds of each limit, and why not less and not more."""


def problems(policy: Policy, inventory: Inventory) -> list[Problem]:
    """Why the policy may not come into force; in the order of its fields, empty where it may."""
    return [*_rules(policy, inventory), *_default(policy, inventory), *_caps(policy, inventory), *_limits(policy)]


def warnings(policy: Policy, inventory: Inventory) -> list[Problem]:
    """What is likely a mistake and harms nothing: rules that never match, caps that let nothing pass or cap nothing."""
    return [*_shadowed(policy), *_never_carried(policy), *_priced_out(policy, inventory), *_not_offered(policy)]


def _rules(policy: Policy, inventory: Inventory) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, (rule, cells) in enumerate(zip(policy.rules, reach(policy.rules), strict=True)):
        at = ("rules", index)
        if rule.name == DEFAULT_RULE:
            yield Problem(f'"{DEFAULT_RULE}" is what a decision says where no rule matched', (*at, "name"))
        if rule.name in first:
            yield Problem(f'"{rule.name}" is also the name of rules[{first[rule.name]}]', (*at, "name"))
        first.setdefault(rule.name, index)
        yield from _places(rule.place, inventory, (*at, "place"))
        if any(sensitivity == Sensitivity.RESTRICTED for sensitivity, _ in cells):
            yield from _strands_restricted(rule, inventory, at)


def _default(policy: Policy, inventory: Inventory) -> Iterator[Problem]:
    at = ("default", "place")
    yield from _places(policy.default.place, inventory, at)
    if not _private(inventory).intersection(policy.default.place):
        yield Problem(f"restricted jobs that no rule is for need a private pool; {_choice(inventory)}", at)


def _places(place: Iterable[str], inventory: Inventory, at: Location) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(place):
        if name not in _names(inventory):
            yield Problem(_unknown(name, inventory), (*at, index))
        elif name in seen:
            yield Problem(f'"{name}" stands there twice', (*at, index))
        seen.add(name)


def _strands_restricted(rule: Rule, inventory: Inventory, at: Location) -> Iterator[Problem]:
    """Restricted jobs would match and then wait forever. Unknown pools are reported already."""
    if all(name in _names(inventory) - _private(inventory) for name in rule.place):
        yield Problem(
            "restricted jobs can match this rule and it offers cloud pools only; "
            "add a private pool, or `sensitivity: [public, internal]` to its `when`",
            (*at, "place"),
        )


def _caps(policy: Policy, inventory: Inventory) -> Iterator[Problem]:
    for name, caps in policy.pools.items():
        if name not in _names(inventory):
            yield Problem(_unknown(name, inventory), ("pools", name))
        elif caps.max_gpus is not None and caps.max_gpus > (most := inventory.pool(name).max_gpus):
            message = f"{caps.max_gpus} is above the inventory's {most}; a cap may only tighten it"
            yield Problem(message, ("pools", name, "maxGpus"))


def _limits(policy: Policy) -> Iterator[Problem]:
    for field, (least, most, too_little, too_much) in _BOUNDS.items():
        written = getattr(policy.limits, field)
        at = ("limits", type(policy.limits).model_fields[field].alias or field)
        if seconds(written) < least:
            yield Problem(f"must be at least {least}s, found {written}: {too_little}", at)
        elif seconds(written) > most:
            yield Problem(f"must be at most {most // 3600}h, found {written}: {too_much}", at)


def _shadowed(policy: Policy) -> Iterator[Problem]:
    for index, cells in enumerate(reach(policy.rules)):
        if not cells:
            message = f'"{policy.rules[index].name}" never matches: rules before it take every job that it is for'
            yield Problem(message, ("rules", index))


def _never_carried(policy: Policy) -> Iterator[Problem]:
    """A label that no API server takes is refused nowhere else, and what is in force already has to stay so."""
    for index, rule in enumerate(policy.rules):
        for key, value in (rule.when.labels or {}).items():
            for pattern, part in ((LABEL_KEY, key), (LABEL_VALUE, value)):
                if not re.fullmatch(pattern, part):
                    message = f'"{rule.name}" never matches: {shown(part)} is not {MEANING[pattern]}'
                    yield Problem(message, ("rules", index, "when", "labels", key))


def _not_offered(policy: Policy) -> Iterator[Problem]:
    for name in policy.pools:
        if name not in policy.named:
            yield Problem("no rule offers the pool: its cap says nothing", ("pools", name))


def _priced_out(policy: Policy, inventory: Inventory) -> Iterator[Problem]:
    fixed = {pool.name: pool.fixed_price for pool in inventory.pools}
    for name, caps in policy.pools.items():
        price, cap = fixed.get(name), caps.max_price_per_gpu_hour
        if price is not None and cap is not None and price > cap:
            message = f"the pool is never used: the inventory prices it at {price}, above this cap of {cap}"
            yield Problem(message, ("pools", name, "maxPricePerGpuHour"))


def _names(inventory: Inventory) -> frozenset[str]:
    return frozenset(pool.name for pool in inventory.pools)


def _private(inventory: Inventory) -> frozenset[str]:
    return frozenset(pool.name for pool in inventory.pools if pool.kind == "private")


def _unknown(name: str, inventory: Inventory) -> str:
    return f'the inventory has no pool "{name}"; {nearest(name, (pool.name for pool in inventory.pools))}'


def _choice(inventory: Inventory) -> str:
    private = [pool.name for pool in inventory.pools if pool.kind == "private"]
    return f"private pools: {', '.join(private)}" if private else "the inventory has none"
