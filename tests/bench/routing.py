"""How quickly it is decided where work goes: single decisions, and one pass over everything that waits.

Ten pools, twenty rules of every kind, jobs that are spread over all of them. Times are of this process's own core, so
that others on the machine do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.types import PRIORITIES, Sensitivity
from hybridface_operator.routing.allocate import allocate, route
from hybridface_operator.routing.facts import Facts
from hybridface_operator.routing.request import Request

from .figures import Figure, Goal

POOLS, RULES, JOBS = 10, 20, 10_000
NOW = "2026-11-01T12:00:00Z"
PER_SECOND, PASS_SECONDS = Goal("at least", 20_000), Goal("at most", 2)


def measure(*, quick: bool) -> list[Figure]:
    """Decisions per second, and seconds for a pass."""
    told = _inventory(), _policy(), _facts()
    waiting = [_request(number) for number in range(JOBS)]
    rounds = 1 if quick else 5
    alone = _seconds(lambda: _one_by_one(waiting, *told), rounds)
    together = _seconds(lambda: allocate(waiting, *told), rounds)
    rate = JOBS / median(alone)
    decisions = f"Decisions about one job, {POOLS} pools, {RULES} rules"
    return [
        Figure("routing", decisions, rate, "jobs/s", goal=PER_SECOND, details={"seconds": alone}),
        Figure(
            "routing",
            f"One pass over {JOBS} waiting jobs",
            median(together),
            "s",
            goal=PASS_SECONDS,
            details={"seconds": together},
        ),
    ]


def _one_by_one(requests: Sequence[Request], inventory: Inventory, policy: Policy, facts: Facts) -> None:
    for request in requests:
        route(request, inventory, policy, facts)


def _seconds(work: Callable[[], Any], rounds: int) -> list[float]:
    """Core-seconds of each round."""
    taken = []
    for _ in range(rounds):
        since = time.process_time()
        work()
        taken.append(time.process_time() - since)
    return taken


def _name(number: int) -> str:
    return f"private-{number}" if number < 2 else f"cloud-{number}"


def _inventory() -> Inventory:
    return Inventory.model_validate(
        {
            "privateNodes": {"key": "node-restriction.kubernetes.io/zone", "value": "private"},
            "pools": [
                {"name": _name(number), "kind": _name(number).partition("-")[0], "maxGpus": 400}
                for number in range(POOLS)
            ],
        }
    )


def _policy() -> Policy:
    """Every fifth rule asks for the same thing; all have three pools, so that work spills."""
    kinds: tuple[dict[str, Any], ...] = (
        {"priority": ["urgent"], "timeLeftBelow": "5m"},
        {"sensitivity": ["public", "internal"], "privateBacklogAbove": "10m"},
        {"namespaces": ["studio"]},
        {"priority": ["low", "normal"], "sensitivity": ["public"]},
        {},
    )
    return Policy.model_validate(
        {
            "rules": [
                {
                    "name": f"rule-{number}",
                    "when": kinds[number % len(kinds)] | {"labels": {"team": str(number)}},
                    "place": [_name((number + step) % POOLS) for step in (0, 1, 3)],
                }
                for number in range(RULES)
            ],
            "default": {"place": ["private-0", "private-1"]},
            "pools": {_name(number): {"maxPricePerGpuHour": "0.40"} for number in range(2, POOLS)},
        }
    )


def _facts() -> Facts:
    """Two pools too dear, one tripped, the private ones nearly full."""
    return Facts.model_validate(
        {
            "now": NOW,
            "pools": {
                _name(number): {
                    "freeGpus": 300 if number > 1 else 20,
                    "backlogSeconds": 900 if number < 2 else 30,
                    "rates": {"centerface+blend": 20},
                    "quote": {"price": f"0.{30 + 2 * number}", "currency": "USD", "observedAt": NOW, "source": "bench"},
                    "breaker": {"trippedAt": NOW, "trips": 1, "until": "2026-11-01T12:10:00Z"} if number == 7 else None,
                }
                for number in range(POOLS)
            },
        }
    )


def _request(number: int) -> Request:
    uid = f"job-{number:05}"
    return Request.model_validate(
        {
            "job": {"namespace": ("studio", "archive")[number % 2], "name": uid, "uid": uid},
            "labels": {"team": str(number % (RULES + 2))},
            "phase": "swap",
            "created": f"2026-11-01T{number % 12:02}:{number % 60:02}:00Z",
            "sensitivity": list(Sensitivity)[number % 3],
            "priority": PRIORITIES[number % 4],
            "deadline": f"2026-11-01T12:{1 + number % 59:02}:00Z" if number % 2 else None,
            "maxPricePerGpuHour": "0.45" if number % 5 == 0 else None,
            "modelSet": "centerface+blend",
            "shards": 10,
            "frames": 5_000,
        }
    )
