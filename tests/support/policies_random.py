"""Random inventories, policies, grants and quotes: anything that the schemas allow, sound or not."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.policy.types import PRIORITIES, Sensitivity

from .policies import LABEL

Drawn = st.SearchStrategy[Any]

NAMES = ("a", "b", "c", "no", "1e3")
"""Some that YAML would take for something else."""


def among(*values: Any) -> Drawn:
    """One of these."""
    return st.sampled_from(values)


def several(values: Drawn, most: int = 3) -> Drawn:
    """One of them or more."""
    return st.lists(values, min_size=1, max_size=most)


def fields(required: dict[str, Drawn], **optional: Drawn) -> Drawn:
    """A mapping of these fields, the optional ones now and then."""
    return st.fixed_dictionaries(required, optional=optional)


names = among(*NAMES)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
spans = st.builds("{}h{}m{}s".format, st.integers(0, 200), st.integers(0, 59), st.integers(0, 59))
amounts = st.decimals(0, 999_999_999, places=6).map(str)
labels = st.dictionaries(among(LABEL, "pool", "hybridface.dev/gpu"), among("private", "a", ""), max_size=3)
tolerations = st.lists(
    fields(
        {},
        key=among("a", "hybridface.dev/cloud"),
        operator=among("Equal", "Exists"),
        value=among("x", ""),
        effect=among("NoSchedule", "PreferNoSchedule", "NoExecute"),
        tolerationSeconds=st.integers(0, 10**9),
    ),
    max_size=2,
)
pools = fields(
    {"name": names, "kind": among("private", "cloud"), "maxGpus": st.integers(0, 100_000)},
    capacity=among("on-demand", "spot"),
    provider=words,
    instanceType=words,
    nodeSelector=labels,
    tolerations=tolerations,
    gpuResource=among("nvidia.com/gpu", "nvidia.com/mig-1g.10gb"),
    gpusPerNode=st.integers(1, 64),
    autoscaled=st.booleans(),
    pricePerGpuHour=amounts,
    cpu=fields({}, nodeSelector=labels, tolerations=tolerations),
    queueName=names,
)
inventories = st.builds(
    lambda pools: Inventory.model_validate({"privateNodes": {"key": LABEL, "value": "private"}, "pools": pools}),
    several(pools, 5),
)

whens = fields(
    {},
    sensitivity=several(among(*Sensitivity)),
    priority=several(among(*PRIORITIES)),
    namespaces=several(names),
    labels=st.dictionaries(among("k", "l"), among("1", "2"), min_size=1),
    timeLeftBelow=spans,
    privateBacklogAbove=spans,
)
policies = fields(
    {"default": fields({"place": several(names)})},
    currency=among("USD", "EUR"),
    rules=st.lists(fields({"name": among(*NAMES, "default"), "place": several(names)}, when=whens), max_size=6),
    pools=st.dictionaries(names, fields({}, maxPricePerGpuHour=amounts, maxGpus=st.integers(0, 100_000)), max_size=3),
    limits=fields(
        {},
        priceMaxAge=spans,
        dwell=spans,
        unscheduledTimeout=spans,
        breakerCooldown=spans,
        maxCpuPods=st.integers(1, 9),
    ),
).map(Policy.model_validate)

segments = st.lists(among("act", "actor", "a", "a b", "x.mp4", "\u00e9"), max_size=3)
prefixes = st.builds(lambda bucket, path: "/".join((f"s3://{bucket}", *path, "")), among("faces", "faces-2"), segments)
tenants = st.builds(
    lambda grants: Tenants.model_validate({"grants": grants}),
    st.lists(
        fields(
            {"namespace": names},
            read=st.lists(prefixes, max_size=3),
            write=st.lists(prefixes, max_size=3),
            minSensitivity=among(*Sensitivity),
        ),
        max_size=4,
    ),
)

moments: Drawn = st.datetimes(
    timezones=st.just(UTC) | st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
)
quotes = fields(
    {
        "price": amounts,
        "currency": among("USD", "EUR"),
        "observedAt": moments.map(lambda time: time.isoformat()),
        "source": words.filter(bool),
    }
).map(Quote.model_validate)
