"""What a decision is told besides the jobs, read from a cluster as it is now, and from Consul. It only reads.

What may not be read, or is not there, is left out and said in a note: whoever asks may have fewer rights than the
operator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.errors import ConsulError
from hybridface_operator.consul_kv.observation import Seen
from hybridface_operator.consul_kv.policy_state import KeptPolicy
from hybridface_operator.consul_kv.price_book import Market, PriceBook, observed
from hybridface_operator.errors import UsageError
from hybridface_operator.kube.api import Body, ClusterApi, Kind
from hybridface_operator.kube.errors import KubeForbidden
from hybridface_operator.kube.kept import ConfigMapMemory
from hybridface_operator.manifests.config import STATE_NAME, OperatorState, remembered_state
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.load import parse_inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.reconciling.seen import JobState, job_state
from hybridface_operator.rounds.capacity import closed_pools, free_gpus, held_gpus
from hybridface_operator.rounds.facts import facts, reserved_gpus
from hybridface_operator.routing.fallback import private_only
from hybridface_operator.spec.labels import UID

from .loads import frames_left, loads
from .scene import Scene

INVENTORY_LABELS = "app.kubernetes.io/part-of=hybridface,app.kubernetes.io/component=operator"
"""Of the chart's ConfigMaps, whatever the release is called."""
INVENTORY_KEY = "inventory.yaml"


@dataclass
class LiveScene:
    """A scene that is being put together."""

    cluster: ClusterApi
    namespace: str
    """The operator's own."""
    now: datetime
    notes: list[str] = field(default_factory=list)
    """What could not be known, in words."""

    async def scene(self, kv: ConsulKV | None) -> Scene:
        """All of it; `kv` is where prices are, where that is known.

        Raises:
            UsageError: the namespace has no inventory, or several.
            SpecError, DocumentError: what is stored there is not what it should be.
            KubeError: the API server does not answer, or not to us.
        """
        inventory = await self._inventory()
        policy = await self._policy(inventory)
        state = await self._state()
        jobs = await self._jobs()
        left = frames_left(await self.cluster.list(Kind.FACE_SWAP_JOB))
        load = loads(jobs, left, [pool.name for pool in inventory.pools if pool.kind == "private"])
        free, closed = await self._left(inventory, reserved_gpus(load))
        quotes = await self._quotes(kv, inventory, policy)
        told = facts(
            self.now, inventory, state, quotes=quotes, free=free, closed=closed, loads=load, requests=(), jobs={}
        )
        return Scene(inventory, policy, told)

    async def _inventory(self) -> Inventory:
        found = [
            (body["metadata"]["name"], body["data"][INVENTORY_KEY])
            for body in await self.cluster.list(Kind.CONFIG_MAP, self.namespace, INVENTORY_LABELS)
            if INVENTORY_KEY in (body.get("data") or {})
        ]
        if len(found) != 1:
            names = ", ".join(name for name, _ in found) or "none"
            raise UsageError(
                f"namespace {self.namespace}: one ConfigMap with {INVENTORY_KEY} is wanted, found {names}; "
                "name the operator's namespace with -n"
            )
        name, text = found[0]
        return parse_inventory(text, f"ConfigMap {self.namespace}/{name}, {INVENTORY_KEY}")

    async def _policy(self, inventory: Inventory) -> Policy:
        document = await ConfigMapMemory(self.cluster, self.namespace).recall()
        if document is None:
            self.notes.append("the operator has not accepted any policy yet: private pools alone are used")
            return private_only(inventory)
        return KeptPolicy.from_bytes(document, "the last good policy").policy

    async def _state(self) -> OperatorState:
        found = await self.cluster.get(Kind.CONFIG_MAP, self.namespace, STATE_NAME)
        return remembered_state(found) if found else OperatorState()

    async def _jobs(self) -> Mapping[str, list[JobState]]:
        """The Jobs of attempts, by the uid of their FaceSwapJob."""
        jobs: defaultdict[str, list[JobState]] = defaultdict(list)
        for body in await self.cluster.list(Kind.JOB, "", UID):
            for state in _readable(body):
                jobs[body["metadata"]["labels"][UID]].append(state)
        return jobs

    async def _left(
        self, inventory: Inventory, reserved: Mapping[str, int]
    ) -> tuple[Mapping[str, int], Collection[str]]:
        try:
            nodes, pods = await self.cluster.list(Kind.NODE), await self.cluster.list(Kind.POD)
        except KubeForbidden as error:
            self.notes.append(f"free GPUs are not known, maxGpus counts: {error}")
            return {}, ()
        held = held_gpus(pods, {pool.gpu_resource for pool in inventory.pools})
        return free_gpus(inventory, nodes, held, reserved), closed_pools(inventory, nodes)

    async def _quotes(self, kv: ConsulKV | None, inventory: Inventory, policy: Policy) -> Mapping[str, Quote]:
        quoted = [pool.name for pool in inventory.pools if pool.fixed_price is None]
        if not quoted:
            return {}
        if kv is None:
            self.notes.append(f"prices of {', '.join(quoted)} are not known: HYBRIDFACE_CONSUL_ADDRESS is not set")
            return {}
        prefix = kv.settings.prices_prefix
        try:
            answer = await kv.read(prefix, recurse=True)
        except ConsulError as error:
            self.notes.append(f"prices of {', '.join(quoted)} are not known: {error}")
            return {}
        market = Market(prefix, [pool.name for pool in inventory.pools], policy)
        book = observed(PriceBook(), Seen(self.now, answer.entries, answer.filtered), market)
        self.notes += _lines(book.problems.values())
        return book.quotes


def _readable(body: Body) -> Iterator[JobState]:
    """Somebody else's Job that carries our label is none of an attempt's."""
    try:
        yield job_state(body)
    except (KeyError, ValueError):
        return


def _lines(problems: Iterable[str]) -> Iterator[str]:
    return (" ".join(problem.split()) for problem in problems)
