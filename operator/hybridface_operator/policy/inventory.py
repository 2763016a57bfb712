"""The inventory: which pools there are, and what makes a node private. Owned by the cluster's administrators."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from hybridface_operator.spec.types import LABEL_KEY, LABEL_VALUE, RESOURCE, RESTRICTED_LABEL_KEY, SUBDOMAIN
from hybridface_worker.contract.document import Document, Part

from .types import Environment, Money, PoolName

LabelKey = Annotated[str, Field(min_length=1, max_length=317, pattern=LABEL_KEY)]
LabelValue = Annotated[str, Field(max_length=63, pattern=LABEL_VALUE)]
Labels = Annotated[dict[LabelKey, LabelValue], Field(max_length=16)]


class Toleration(Part):
    """A taint that pods of the pool put up with."""

    key: LabelKey | None = None
    """The taint's key; absent stands for every key."""
    operator: Literal["Equal", "Exists"] = "Equal"
    """How it is compared."""
    value: LabelValue | None = None
    """The taint's value, with `Equal`."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """The taint's effect; absent stands for all."""
    toleration_seconds: Annotated[int, Field(ge=0)] | None = None
    """With `NoExecute`: for how long."""


class Nodes(Part):
    """Nodes by label."""

    node_selector: Labels = {}
    """Labels that every one of them carries."""
    tolerations: Annotated[tuple[Toleration, ...], Field(max_length=16)] = ()
    """What keeps other pods off them."""
    runtime_class_name: Annotated[str, Field(min_length=1, max_length=253, pattern=SUBDOMAIN)] | None = None
    """The RuntimeClass of pods there, such as `nvidia`; absent stands for the cluster's usual runtime."""


class Pool(Nodes):
    """Nodes with GPUs of one kind, at one price."""

    name: PoolName
    """As rules and decisions call it."""
    kind: Literal["private", "cloud"]
    """Private nodes are the only ones that restricted work may run on, in every phase."""
    capacity: Literal["on-demand", "spot"] = "on-demand"
    """Spot nodes can be reclaimed at any time."""
    provider: Annotated[str, Field(max_length=63)] | None = None
    """Who rents the nodes out, such as `aws`."""
    region: Annotated[str, Field(max_length=63)] | None = None
    """Where they are."""
    instance_type: Annotated[str, Field(max_length=63)] | None = None
    """What they are called there, such as `g4dn.xlarge`."""
    gpu_resource: Annotated[str, Field(max_length=317, pattern=RESOURCE)] = "nvidia.com/gpu"
    """What pods ask for: whole GPUs, or a MIG slice such as `nvidia.com/mig-1g.10gb`."""
    gpus_per_node: Annotated[int, Field(ge=1, le=64)] = 1
    """How many of them a node has."""
    max_gpus: Annotated[int, Field(ge=0, le=100_000)]
    """What may be used of the pool at a time, at most."""
    autoscaled: bool = False
    """Nodes come when they are needed: free is then what `maxGpus` leaves, and not what nodes have."""
    price_per_gpu_hour: Money | None = None
    """A fixed price. Without it a private pool costs nothing, and a cloud pool is priced by quotes."""
    cpu: Nodes | None = None
    """Nodes without GPUs for Probe and Merge, in the same trust zone; without them those run on the pool's nodes."""
    env: Environment = {}
    """Settings of workers in the pool, before those of all workers, such as `HYBRIDFACE_MODEL_MEMORY_MIB`."""
    queue_name: Annotated[str, Field(min_length=1, max_length=63, pattern=SUBDOMAIN)] | None = None
    """The LocalQueue that Jobs are given to where Kueue admits them."""

    @property
    def fixed_price(self) -> Decimal | None:
        """What it costs per GPU-hour without any quote; None where only a quote can tell."""
        if self.price_per_gpu_hour is not None:
            return self.price_per_gpu_hour
        return Decimal(0) if self.kind == "private" else None


class PrivateLabel(Part):
    """A label that makes a node private."""

    key: Annotated[str, Field(max_length=92, pattern=RESTRICTED_LABEL_KEY)]
    """Below `node-restriction.kubernetes.io/`, which a kubelet cannot give itself."""
    value: Annotated[LabelValue, Field(min_length=1)]
    """Its value. Not empty: a label that is missing has to differ from it."""


class Inventory(Document):
    """Every pool there is."""

    private_nodes: PrivateLabel
    """Who carries it is a private node; the node selectors of every private pool name it."""
    pools: Annotated[tuple[Pool, ...], Field(min_length=1, max_length=32)]
    """In no particular order: preference is the policy's business."""

    def pool(self, name: str) -> Pool:
        """The pool of that name. Raises KeyError."""
        for pool in self.pools:
            if pool.name == name:
                return pool
        raise KeyError(name)
