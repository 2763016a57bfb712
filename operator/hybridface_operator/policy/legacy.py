"""The rule list of older deployments, `{"task_rules": [...]}`, as a policy over the inventory's pools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hybridface_operator.spec.problems import Location, Problem

from .inventory import Inventory, Pool
from .policy import Default, Policy, Rule, When
from .types import Priority, Sensitivity

OlderPriority = Literal["low", "medium", "normal", "high", "urgent"]
Name = Annotated[str, Field(min_length=1, max_length=63)]

_RULES = "task_rules"
_PRIORITIES: dict[OlderPriority, Priority] = {
    "low": "low",
    "medium": "normal",
    "normal": "normal",
    "high": "high",
    "urgent": "urgent",
}
_SENSITIVITIES = {"low": Sensitivity.PUBLIC, "medium": Sensitivity.INTERNAL, "high": Sensitivity.RESTRICTED}


class _Older(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OlderRule(_Older):
    """Where jobs of a kind go; what is absent holds always."""

    priority: OlderPriority | None = None
    """The job's priority."""
    data_sensitivity: Literal["low", "medium", "high"] | None = None
    """Today's public, internal and restricted."""
    use_cloud: bool = False
    """Whether it names a pool; otherwise all private pools are meant."""
    cloud_provider: Name | None = None
    """The pool's `provider`, required with `use_cloud`."""
    instance_type: Name | None = None
    """The pool's `instanceType`, required with `use_cloud`."""
    region: Name | None = None
    """The pool's `region`; absent means any."""


class OlderPolicy(_Older):
    """The whole list; jobs that no rule is for go to private pools."""

    task_rules: Annotated[tuple[OlderRule, ...], Field(max_length=200)]
    """The first that is for a job decides."""


def is_older(value: Any) -> bool:
    """Whether a document has the older form."""
    return isinstance(value, dict) and _RULES in value


def older_problems(older: OlderPolicy, inventory: Inventory) -> Iterator[Problem]:
    """Why there is no translation: a rule names a pool that is not in the inventory, or no pool there is private."""
    for index, rule in enumerate(older.task_rules):
        yield from _problems(rule, index, inventory)
    if not any(pool.kind == "private" for pool in inventory.pools):
        yield Problem("goes to private pools by default, and the inventory has none", (_RULES,))


def translated(older: OlderPolicy, inventory: Inventory) -> Policy:
    """The same rules, without `older_problems`, in today's form: `task-rule-1` and so on, by their place in the list.

    A rule that sends work to a cloud and names no sensitivity is for public and internal work: restricted work could
    only wait there.
    """
    private = tuple(pool.name for pool in inventory.pools if pool.kind == "private")
    rules = tuple(
        Rule(
            name=f"task-rule-{number}",
            when=_when(rule),
            place=tuple(pool.name for pool in _meant(rule, inventory)) if rule.use_cloud else private,
        )
        for number, rule in enumerate(older.task_rules, 1)
    )
    return Policy(rules=rules, default=Default(place=private))


def older_location(problem: Problem) -> Problem:
    """A problem of the translated policy, located at the rule that it was translated from."""
    match problem.location:
        case ("rules", int(index), *_):
            return replace(problem, location=(_RULES, index))
        case _:
            return replace(problem, location=(_RULES,))


def _problems(rule: OlderRule, index: int, inventory: Inventory) -> Iterator[Problem]:
    at: Location = (_RULES, index)
    absent = [field for field in ("cloud_provider", "instance_type") if getattr(rule, field) is None]
    if rule.use_cloud and absent:
        for field in absent:
            yield Problem("is required with use_cloud: true", (*at, field))
    elif rule.use_cloud and not _meant(rule, inventory):
        wanted = f"{rule.cloud_provider} {rule.instance_type}" + (f" in {rule.region}" if rule.region else "")
        yield Problem(f"no pool of the inventory is {wanted}; {_choice(inventory)}", (*at, "instance_type"))


def _when(rule: OlderRule) -> When:
    if rule.data_sensitivity is not None:
        sensitivity: tuple[Sensitivity, ...] | None = (_SENSITIVITIES[rule.data_sensitivity],)
    else:
        sensitivity = (Sensitivity.PUBLIC, Sensitivity.INTERNAL) if rule.use_cloud else None
    return When(sensitivity=sensitivity, priority=None if rule.priority is None else (_PRIORITIES[rule.priority],))


def _meant(rule: OlderRule, inventory: Inventory) -> list[Pool]:
    return [
        pool
        for pool in inventory.pools
        if _same(rule.cloud_provider, pool.provider)
        and _same(rule.instance_type, pool.instance_type)
        and (rule.region is None or _same(rule.region, pool.region))
    ]


def _same(said: str | None, known: str | None) -> bool:
    return said is not None and known is not None and said.casefold() == known.casefold()


def _choice(inventory: Inventory) -> str:
    named = [
        f"{pool.provider} {pool.instance_type} ({', '.join(filter(None, (pool.name, pool.region)))})"
        for pool in inventory.pools
        if pool.provider and pool.instance_type
    ]
    return f"it has {', '.join(named)}" if named else "no pool has both `provider` and `instanceType`"
