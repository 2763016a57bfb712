"""Random inventories, policies, facts and requests: whatever models allow, near enough to each other to matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.types import PRIORITIES, Sensitivity
from hybridface_operator.routing.facts import Facts, Gate
from hybridface_operator.routing.request import Request

from .routing import inventory

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
NAMES = ("a", "b", "c", "d")
UIDS = ("u0", "u1", "u2", "u3")

Drawn = st.SearchStrategy[Any]


class Situation(NamedTuple):
    """All that a pass is told."""

    requests: list[Request]
    inventory: Inventory
    policy: Policy
    facts: Facts


def maybe(strategy: Drawn) -> Drawn:
    """It, or None, which models read as absent."""
    return st.none() | strategy


def some(*values: str) -> Drawn:
    """One or more of them, in any order."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=len(values), unique=True)


times = st.integers(-7200, 7200).map(lambda seconds: (NOON + timedelta(seconds=seconds)).isoformat())
spans = st.sampled_from(["0s", "1s", "5m", "15m", "1h", "2h"])
prices = st.integers(0, 12).map(lambda tenths: f"{Decimal(tenths) / 10:f}")
places = st.permutations((*NAMES, "gone")).flatmap(
    lambda names: st.sampled_from([names, names[:2], names[:1], [*names, *names]])
)
gpus = st.integers(0, 12)
most = st.sampled_from([20, 10, 4, 2, 1, 0])
reserved = st.sampled_from([0, 0, 1, 3, 30])
rates = st.dictionaries(st.sampled_from(["m", "n"]), st.floats(0.001, 1000) | st.just(5e-324), max_size=2)
backlogs = st.floats(0, 10_000) | st.just(1e308)

inventories = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["private", "cloud"]),
            "maxGpus": most,
            "pricePerGpuHour": maybe(prices),
            "autoscaled": st.booleans(),
        }
    ),
    min_size=1,
    max_size=len(NAMES),
).map(lambda pools: inventory(*({"name": name} | pool for name, pool in zip(NAMES, pools, strict=False))))

whens = st.fixed_dictionaries(
    {},
    optional={
        "sensitivity": some(*Sensitivity),
        "priority": some(*PRIORITIES),
        "namespaces": some("x", "y"),
        "labels": st.dictionaries(st.sampled_from("kl"), st.sampled_from("12"), min_size=1, max_size=2),
        "timeLeftBelow": spans,
        "privateBacklogAbove": spans,
    },
)
policies = st.fixed_dictionaries(
    {
        "rules": st.lists(
            st.fixed_dictionaries({"name": st.sampled_from(["r", "s", "t"]), "when": whens, "place": places}),
            max_size=3,
        ),
        "default": st.fixed_dictionaries({"place": places}),
        "pools": st.dictionaries(
            st.sampled_from(NAMES),
            st.fixed_dictionaries({}, optional={"maxPricePerGpuHour": prices, "maxGpus": most}),
            max_size=3,
        ),
        "limits": st.fixed_dictionaries(
            {"priceMaxAge": spans, "dwell": spans, "maxCpuPods": st.integers(1, 12)},
        ),
    }
).map(Policy.model_validate)

quotes = st.fixed_dictionaries(
    {"price": prices, "currency": st.sampled_from(["USD", "USD", "EUR"]), "observedAt": times, "source": st.just("s")}
)
breakers = st.fixed_dictionaries({"trippedAt": times, "trips": st.integers(1, 9), "until": times})
pool_facts = st.fixed_dictionaries(
    {
        "freeGpus": maybe(gpus),
        "reservedGpus": reserved,
        "quote": maybe(quotes),
        "breaker": maybe(breakers),
        "backlogSeconds": backlogs,
        "rates": rates,
    }
)
live = st.lists(
    st.fixed_dictionaries(
        {"number": st.integers(1, 99), "pool": st.sampled_from((*NAMES, "gone")), "parallelism": gpus}
    ),
    max_size=2,
)
job_facts = st.fixed_dictionaries(
    {
        "live": live,
        "failingSince": st.dictionaries(
            st.sampled_from(NAMES), st.dictionaries(st.sampled_from(list(Gate)), times, max_size=3), max_size=3
        ),
        "lacksPlan": st.lists(st.sampled_from(NAMES), max_size=2),
        "podless": st.dictionaries(st.sampled_from(NAMES), breakers, max_size=2),
    }
)
all_facts = st.fixed_dictionaries(
    {
        "now": st.just(NOON.isoformat()),
        "pools": st.dictionaries(st.sampled_from(NAMES), pool_facts, max_size=len(NAMES)),
        "jobs": st.dictionaries(st.sampled_from(UIDS), job_facts, max_size=2),
    }
).map(Facts.model_validate)


def requests(uid: str) -> Drawn:
    """One of that uid."""
    return st.fixed_dictionaries(
        {
            "job": st.fixed_dictionaries(
                {"namespace": st.sampled_from("xy"), "name": st.just(uid), "uid": st.just(uid)}
            ),
            "labels": st.dictionaries(st.sampled_from("kl"), st.sampled_from("12"), max_size=2),
            "phase": st.sampled_from(["swap", "swap", "swap", "probe", "merge"]),
            "created": times,
            "sensitivity": st.sampled_from(list(Sensitivity)),
            "priority": st.sampled_from(PRIORITIES),
            "deadline": maybe(times),
            "maxPricePerGpuHour": maybe(prices),
            "allowedPools": st.none() | st.none() | places | st.just([]),
            "modelSet": st.sampled_from(["", "m"]),
            "shards": st.integers(0, 40),
            "frames": st.integers(0, 100_000) | st.just(2**63 - 1),
        }
    ).map(Request.model_validate)


batches = st.integers(1, len(UIDS)).flatmap(lambda number: st.tuples(*map(requests, UIDS[:number]))).map(list)
situations = st.builds(Situation, batches, inventories, policies, all_facts)
