"""`hybridface explain --live`: what it makes of a cluster."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hybridface_operator.consul_kv.answer import Answer, Entry
from hybridface_operator.consul_kv.errors import ConsulAway
from hybridface_operator.consul_kv.policy_state import KeptPolicy
from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.errors import UsageError
from hybridface_operator.explaining.live import LiveScene
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeForbidden
from hybridface_operator.manifests.config import POLICY_NAME, OperatorState, state_config_map
from hybridface_operator.policy.policy import Policy
from hybridface_operator.routing.facts import Breaker
from hybridface_operator.spec.labels import ATTEMPT, PHASE, POOL, UID
from hybridface_operator.spec.problems import SpecError
from support.estate_documents import GPU, INVENTORY, node, node_status
from support.fake_api import FakeApi

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOME, STUDIO = "hybridface-system", "studio"
LABELS = {"app.kubernetes.io/part-of": "hybridface", "app.kubernetes.io/component": "operator"}
POLICY = Policy.model_validate(
    {"rules": [{"name": "all", "place": ["private", "aws-spot"]}], "default": {"place": ["private"]}}
)
BREAKER = Breaker(tripped_at="2026-05-01T11:59:00Z", trips=1, until="2026-05-01T12:09:00Z")
STATE = OperatorState(breakers={"azure": BREAKER}, rates={"private": {"centerface+marker": 10.0}})


class Consul:
    """A store of quotes, as the client of the real one answers."""

    settings = ConsulSettings("http", "localhost", 8500)

    def __init__(self, **quotes):
        self._quotes = {f"hybridface/prices/{pool.replace('_', '-')}": quote for pool, quote in quotes.items()}

    async def read(self, key, *, recurse):
        assert (key, recurse) == ("hybridface/prices/", True)
        return Answer(7, {key: Entry(key, json.dumps(quote).encode(), 7) for key, quote in self._quotes.items()})


class AwayConsul(Consul):
    async def read(self, key, *, recurse):
        raise ConsulAway("Consul at http://localhost:8500 is away: no answer in time")


def quote(price="0.25"):
    return {"version": 1, "price": price, "currency": "USD", "observedAt": "2026-05-01T11:59:00Z", "source": "test"}


def config_map(name, **data):
    return {"metadata": {"name": name, "namespace": HOME, "labels": LABELS}, "data": data}


def running(uid, pool, gpus, phase="swap"):
    labels = {UID: uid, ATTEMPT: "1", POOL: pool, PHASE: phase}
    metadata = {"name": f"{uid}-{phase}", "namespace": STUDIO, "labels": labels}
    return {"metadata": metadata, "spec": {"parallelism": gpus}}


def job(name, frames, done):
    progress = {"frames": frames, "framesDone": done}
    return {"metadata": {"name": name, "namespace": STUDIO}, "spec": {}, "status": {"progress": progress}}


@pytest.fixture
def api():
    """A cluster with an operator: two private nodes with a GPU each, one of them taken by somebody else."""
    api = FakeApi(HOME, STUDIO)
    api.make(Kind.CONFIG_MAP, config_map("release-hybridface-inventory", **{"inventory.yaml": json.dumps(INVENTORY)}))
    api.make(Kind.CONFIG_MAP, config_map("release-hybridface-tenants", **{"tenants.yaml": "grants: []"}))
    kept = KeptPolicy(policy=POLICY, revision=3, accepted_at="2026-05-01T00:00:00Z")
    api.make(Kind.CONFIG_MAP, config_map(POLICY_NAME, **{"policy.json": kept.to_bytes().decode()}))
    api.make(Kind.CONFIG_MAP, state_config_map(HOME, STATE))
    for name in ("private-0", "private-1"):
        api.make(Kind.NODE, node(name, "private") | {"spec": {}} | node_status(1))
    container = {"name": "other", "resources": {"requests": {GPU: "1"}}}
    api.make(
        Kind.POD,
        {
            "metadata": {"name": "other", "namespace": STUDIO},
            "spec": {"nodeName": "private-0", "containers": [container]},
        },
    )
    return api


@pytest.fixture
def look(api):
    """The scene, and what could not be known."""

    def run(consul=None, namespace=HOME):
        asked = LiveScene(api, namespace, NOW)
        return asyncio.run(asked.scene(consul)), asked.notes

    return run


def test_inventory_policy_breakers_and_rates_are_the_operators(look):
    scene, notes = look(Consul(aws_spot=quote()))
    assert [pool.name for pool in scene.inventory.pools] == ["private", "aws-spot", "azure"]
    assert scene.policy == POLICY
    assert scene.facts.pools["azure"].breaker == BREAKER
    assert scene.facts.pools["private"].rates == {"centerface+marker": 10.0}
    assert notes == []


def test_gpus_of_others_are_not_free_and_autoscaled_pools_go_by_what_they_may_have(look):
    pools = look()[0].facts.pools
    assert (pools["private"].free_gpus, pools["aws-spot"].free_gpus, pools["azure"].free_gpus) == (1, 0, None)


def test_what_runs_is_reserved_and_what_waits_is_backlog(api, look):
    uid = api.make(Kind.FACE_SWAP_JOB, job("runs", 1000, 400))["metadata"]["uid"]
    api.make(Kind.JOB, running(uid, "azure", 2))
    api.make(Kind.JOB, running(uid, "private", 3, phase="merge"))
    api.make(Kind.FACE_SWAP_JOB, job("waits", 800, 0))
    pools = look()[0].facts.pools
    assert (pools["azure"].reserved_gpus, pools["private"].reserved_gpus) == (2, 0)
    assert pools["azure"].backlog_seconds == 600 / (20 * 8)
    assert pools["private"].backlog_seconds == 800 / (10 * 4)


def test_prices_come_from_consul_and_what_is_not_believed_is_said(look):
    scene, notes = look(Consul(aws_spot=quote(), nowhere=quote()))
    assert scene.facts.pools["aws-spot"].quote.price == Decimal("0.25")
    assert notes == ["hybridface/prices/nowhere: the inventory has no pool 'nowhere'"]


@pytest.mark.parametrize(("consul", "why"), [(None, "HYBRIDFACE_CONSUL_ADDRESS is not set"), (AwayConsul(), "is away")])
def test_without_consul_prices_are_unknown_and_that_is_said(look, consul, why):
    scene, (note,) = look(consul)
    assert scene.facts.pools["aws-spot"].quote is None
    assert note.startswith("prices of aws-spot are not known: ")
    assert why in note


def test_who_may_not_read_nodes_goes_by_what_pools_may_have(api, look, monkeypatch):
    listed = api.list

    async def forbidden(kind, *rest):
        if kind is Kind.NODE:
            raise KubeForbidden("nodes is forbidden")
        return await listed(kind, *rest)

    monkeypatch.setattr(api, "list", forbidden)
    scene, notes = look(Consul())
    assert scene.facts.pools["private"].free_gpus is None
    assert notes == ["free GPUs are not known, maxGpus counts: nodes is forbidden"]


def test_before_any_policy_private_pools_alone_are_used(api, look):
    api.remove(Kind.CONFIG_MAP, HOME, POLICY_NAME)
    scene, notes = look(Consul())
    assert scene.policy.default.place == ("private",)
    assert "has not accepted any policy yet" in notes[0]


def test_a_namespace_without_an_operator_is_refused_with_what_to_do(look):
    with pytest.raises(UsageError, match=r"namespace studio: .* found none; name the operator's namespace with -n"):
        look(namespace=STUDIO)


def test_an_inventory_that_is_wrong_is_said_to_be_so_and_where(api, look):
    wrong = config_map("release-hybridface-inventory", **{"inventory.yaml": "pools: []"})
    api.edit(Kind.CONFIG_MAP, HOME, wrong["metadata"]["name"], lambda body: body.update(data=wrong["data"]))
    with pytest.raises(SpecError, match=r"ConfigMap hybridface-system/release-hybridface-inventory, inventory\.yaml"):
        look()
