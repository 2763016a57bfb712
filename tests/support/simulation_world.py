"""A small studio in memory: API, buckets, nodes, policy and time, for simulations of the control plane."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hybridface_operator.consul_kv.policy_state import PolicyState
from hybridface_operator.credentials.copies import Copy
from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.kube.api import Kind
from hybridface_operator.manifests.settings import PodSettings, StoreAccess
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.tenants import Grant, Tenants
from hybridface_operator.rounds.world import World
from hybridface_worker.store.job_area import JobArea
from support.estate_documents import INVENTORY, POLICY, node, node_status
from support.fake_api import FakeApi
from support.fake_controllers import Controllers
from support.memory_store import MemoryStores

Body = dict[str, Any]

NAMESPACE = "studio"
CLUSTER = "s3://work/sim/"
BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)
NODES = {"private-1": ("private", 2), "private-2": ("private", 1), "spot-1": ("aws-spot", 2), "spot-2": ("aws-spot", 1)}
"""Name, pool and GPUs of every node."""
PODS = PodSettings(
    image="registry.test/worker@sha256:" + "a" * 64,
    store=StoreAccess(endpoint="http://minio:9000"),
    grace_seconds=30,
    retries_per_shard=1,
)


class Clock:
    """The time, which somebody moves."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Mint:
    """Makes credentials that open nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def mint(self, policy: str) -> StorageCredentials:
        assert policy
        now = self._clock.now
        return StorageCredentials("key", "secret", "token", now.isoformat(), (now + timedelta(hours=1)).isoformat())


class NoCopies:
    """The inputs of simulations are few: none has to be copied."""

    def copy(self, copies: tuple[Copy, ...]) -> dict[str, str]:
        raise AssertionError(f"nobody should copy {copies}")


class Studio:
    """Everything that outlives an operator."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.api = FakeApi(NAMESPACE, "hybridface", now=self.clock)
        self.controllers = Controllers(self.api)
        self.stores = MemoryStores()
        self.mint = Mint(self.clock)
        self.inventory = Inventory.model_validate(INVENTORY)
        self.tenants = Tenants(
            grants=(Grant(namespace=NAMESPACE, read=("s3://inbox/", "s3://faces/"), write=("s3://results/",)),)
        )
        self.policy: Body = POLICY
        self.quotes: dict[str, Quote] = {}
        for name, (pool, gpus) in NODES.items():
            self.api.make(Kind.NODE, {"spec": {}, **node(name, pool), **node_status(gpus)})
        self.stores.bucket("faces").write("actor.jpg", b"a face")
        self.quote("0.30")

    def world(self) -> World:
        """What an operator that starts now is told."""
        policy = Policy.model_validate(self.policy)
        state = PolicyState(policy=policy, sha256=policy.digest(), revision=1)
        return World(self.inventory, self.tenants, policy_state=state, quotes=self.quotes)

    def quote(self, price: str) -> None:
        """A fresh quote of spot capacity."""
        quote = Quote.model_validate(
            {"price": price, "currency": "USD", "observedAt": self.clock.now.isoformat(), "source": "test"}
        )
        self.quotes = {"aws-spot": quote}

    def job(self, name: str, frames: int, **spec: Any) -> str:
        """Makes a job over one video; the file says how many frames it has. Returns its uid."""
        self.stores.bucket("inbox").write(f"{name}.mp4", str(frames).encode())
        whole = {
            "sources": [{"name": "actor", "images": [{"uri": "s3://faces/actor.jpg"}]}],
            "targets": [{"name": "clip", "uri": f"s3://inbox/{name}.mp4"}],
            "output": {"uri": f"s3://results/{name}/"},
            "consent": {"reference": "contract 1"},
            "sensitivity": "internal",
            **spec,
        }
        body = {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": whole}
        return str(self.api.make(Kind.FACE_SWAP_JOB, body)["metadata"]["uid"])

    def fill_up(self, world: World) -> None:
        """Tells an operator what policy and prices are now."""
        fresh = self.world()
        world.policy_state, world.quotes = fresh.policy_state, fresh.quotes


def job_area(stores: MemoryStores, uid: str) -> JobArea:
    """A job's folder."""
    store, prefix = stores.resolve(f"{CLUSTER}jobs/{uid}/")
    return JobArea(store, prefix)
