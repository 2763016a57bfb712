"""The composition root: settings become parts, the parts run together, and what ends first ends all."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from hybridface_operator.aftermath.loop import run_aftermath
from hybridface_operator.aftermath.notify import Notifier
from hybridface_operator.aftermath.posting import Post
from hybridface_operator.aftermath.sweep import Sweeper
from hybridface_operator.catalogue import load_catalogue
from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.follow import follow_policy, follow_prices
from hybridface_operator.consul_kv.price_book import Market
from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.consul_kv.watch import Pace
from hybridface_operator.credentials.copying import Copier
from hybridface_operator.credentials.errors import StsAwayError
from hybridface_operator.credentials.minting import Minter
from hybridface_operator.credentials.settings import StsSettings
from hybridface_operator.errors import OperatorError, UsageError
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.cluster import Cluster
from hybridface_operator.kube.kept import ConfigMapMemory, recall_state
from hybridface_operator.kube.lease import Leadership, LeaseSettings
from hybridface_operator.kube.settings import KubeSettings
from hybridface_operator.manifests.settings import PodSettings
from hybridface_operator.policy.load import check_inventory, check_tenants
from hybridface_operator.policy.reading import read
from hybridface_operator.reconciling.observed import Settings as Judgement
from hybridface_operator.rounds.controller import Controller
from hybridface_operator.rounds.executor import Tools
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.rounds.world import World
from hybridface_operator.spec.load import load_document
from hybridface_worker.store.settings import S3Settings, StoreSettings
from hybridface_worker.store.stores import Stores

from . import background
from .gauges import Gauges
from .health import HealthServer, Readiness, staleness
from .policy_reporter import PolicyReporter
from .settings import OperatorSettings
from .watches import WatchAges, handlers, watch

log = structlog.get_logger()

LEASE = "hybridface-operator"
_THREADS_BESIDE = 4
"""For what waits for storage beside the rounds: credentials that are renewed, scratch that is swept."""
_PATIENCE_SECONDS = 5
"""Less than a worker's: rounds come again by themselves, and while one waits no other job is reconciled."""


class WallClock:
    """The clock of the Lease."""

    def monotonic(self) -> float:
        """See kube.lease.Clock."""
        return time.monotonic()

    def now(self) -> datetime:
        """See kube.lease.Clock."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """See kube.lease.Clock."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Parts:
    """What runs together."""

    settings: OperatorSettings
    cluster: Cluster
    kv: ConsulKV
    tools: Tools
    controller: Controller
    ages: WatchAges
    readiness: Readiness
    work_uri: str


async def serve(env: Mapping[str, str], watching: Callable[[], None]) -> None:
    """Takes the Lease, and serves until it is lost or this is cancelled. `watching` is called once watches have begun.

    Raises:
        UsageError, TaskError: the settings are wrong.
        OperatorError: the Lease is lost, or something that should go on for ever has ended.
    """
    env = {"HYBRIDFACE_SERVICE_PATIENCE_SECONDS": str(_PATIENCE_SECONDS)} | dict(env)
    settings, s3 = OperatorSettings.from_env(env), _s3(env)
    threads = ThreadPoolExecutor(settings.concurrency + _THREADS_BESIDE, thread_name_prefix="storage")
    asyncio.get_running_loop().set_default_executor(threads)
    kubeconfig = Path(env["KUBECONFIG"]) if env.get("KUBECONFIG") else None
    async with AsyncExitStack() as opened:
        cluster = await opened.enter_async_context(Cluster(KubeSettings(kubeconfig=kubeconfig)))
        kv = await opened.enter_async_context(ConsulKV(ConsulSettings.from_env(env)))
        parts = await _assemble(settings, env, s3, cluster, kv)
        await opened.enter_async_context(_health(parts))
        identity = f"{settings.instance}-{secrets.token_hex(4)}"
        leadership = Leadership(cluster, LeaseSettings(settings.namespace, LEASE, identity), WallClock())
        log.info("lease.wanted", namespace=settings.namespace, name=LEASE)
        await leadership.acquire()
        log.info("lease.held", identity=identity)
        try:
            await _lead(parts, leadership, watching)
        finally:
            await asyncio.shield(leadership.release())


async def _assemble(
    settings: OperatorSettings, env: Mapping[str, str], s3: S3Settings, cluster: Cluster, kv: ConsulKV
) -> Parts:
    inventory, unwise = check_inventory(settings.inventory)
    tenants, overlaps = check_tenants(settings.tenants, settings.work_uri)
    for warning in (*unwise, *overlaps):
        log.warning("settings.unwise", message=str(warning))
    pods = read(PodSettings, load_document(settings.pods, "set of worker pods' settings"))
    world = World(inventory, tenants, load_catalogue(settings.catalogue))
    minter = Minter(StsSettings.from_env(env, s3))
    await _check_parent(minter)
    tools = Tools(cluster, Stores(StoreSettings.from_env(env)), minter, Copier(s3), pods, inventory)
    work_uri = await _work_uri(cluster, settings)
    controller = Controller(
        tools,
        world,
        Mirror(),
        work_uri=work_uri,
        instance=settings.instance,
        timing=settings.timing,
        settings=Judgement(
            dead_pod_seconds=settings.timing.dead_pod_seconds, worker_image=pods.image, limits=settings.limits
        ),
        concurrency=settings.concurrency,
        clock=cluster.clock.now,
    )
    return Parts(settings, cluster, kv, tools, controller, WatchAges(), Readiness(), work_uri)


def _health(parts: Parts) -> HealthServer:
    """Alive and ready also while another operator leads: one that waits for the Lease is as it should be."""
    controller, timing = parts.controller, parts.settings.timing
    gauges = Gauges(
        controller.world,
        controller.mirror,
        leads=lambda: parts.readiness.leads,
        lag_seconds=lambda: controller.queue.lag_seconds,
        watch_age_seconds=lambda: parts.ages.age_seconds,
        clock=parts.cluster.clock,
    )
    controller.metrics.registry.register(gauges)
    return HealthServer(
        parts.settings.health_port,
        alive=lambda: staleness(parts.ages.age_seconds, controller.queue.lag_seconds, timing),
        ready=parts.readiness.trouble,
        metrics=controller.metrics,
    )


async def _lead(parts: Parts, leadership: Leadership, watching: Callable[[], None]) -> None:
    """Everything that only one operator does."""
    settings, cluster, kv, controller = parts.settings, parts.cluster, parts.kv, parts.controller
    parts.readiness.leads = True
    world, mirror, timing = controller.world, controller.mirror, settings.timing
    world.state = await recall_state(cluster, settings.namespace)
    now = cluster.clock.now
    pace = Pace(now=now)
    policies = follow_policy(kv, world.inventory, ConfigMapMemory(cluster, settings.namespace), pace)
    pools = [pool.name for pool in world.inventory.pools]
    prices = follow_prices(kv, lambda: Market(kv.settings.prices_prefix, pools, world.policy_state.policy), pace)
    world.policy_state = await anext(policies)
    parts.readiness.policy_heard = True
    await background.list_all(cluster, controller, settings.namespaces, now)
    parts.readiness.listed = True
    registry = handlers(
        mirror, controller.enqueue, controller.world_changed, parts.ages, now, nodes=not settings.namespaces
    )
    for_ever: dict[str, Coroutine[object, object, None]] = {
        "the Lease": leadership.keep(),
        "watches": watch(registry, settings.namespaces, watching),
        "policy": background.hear_policy(policies, controller, PolicyReporter(cluster, controller, settings, now)),
        "prices": background.hear_prices(prices, controller),
        "lists": background.resync(cluster, controller, settings.namespaces, timing.resync_seconds, now),
        "credentials": background.renew_credentials(controller, now),
        "state": background.keep_state(cluster, controller, settings.namespace),
        "aftermath": _aftermath(parts),
        "rounds": controller.run(),
    }
    log.info("serving", jobs=len(mirror.face_swap_jobs()), pools=pools)
    async with asyncio.TaskGroup() as tasks:
        for name, work in for_ever.items():
            tasks.create_task(_ends(name, work))


async def _aftermath(parts: Parts) -> None:
    settings, controller = parts.settings, parts.controller
    notifier = Notifier(
        parts.cluster,
        parts.tools.stores,
        controller.mirror,
        controller.metrics,
        work_uri=parts.work_uri,
        instance=settings.instance,
        send=Post(private_allowed=settings.allow_private_webhooks),
        clock=parts.cluster.clock.now,
    )
    sweeper = Sweeper(
        parts.cluster,
        parts.tools.stores,
        controller.mirror,
        controller.metrics,
        work_uri=parts.work_uri,
        instance=settings.instance,
        all_namespaces=not settings.namespaces,
        orphan_seconds=settings.timing.orphan_seconds,
        may_sweep=lambda uid: uid not in controller.jobs and notifier.settled(uid),
    )
    await run_aftermath(
        controller.mirror,
        notifier,
        sweeper,
        sweep_seconds=settings.timing.sweep_seconds,
        clock=parts.cluster.clock.now,
    )


async def _ends(name: str, work: Coroutine[object, object, None]) -> None:
    """What should go on for ever, and does not, ends the operator."""
    await work
    raise OperatorError(f"{name}: this part has ended, which it should not")


async def _check_parent(minter: Minter) -> None:
    """A parent key that may do everything is refused; storage that is away is not waited for: jobs do that."""
    try:
        await asyncio.to_thread(minter.check_parent)
    except StsAwayError as error:
        log.warning("parent_key.not_checked", why=str(error))


async def _work_uri(cluster: Cluster, settings: OperatorSettings) -> str:
    """Where jobs keep their state: below the cluster's own folder, by default named by the uid of kube-system."""
    if settings.cluster:
        return f"{settings.work_uri}{settings.cluster}/"
    found = await cluster.get(Kind.NAMESPACE, "", "kube-system")
    if found is None:
        raise UsageError("there is no namespace kube-system: set HYBRIDFACE_CLUSTER to a name of this cluster")
    return f"{settings.work_uri}{found['metadata']['uid']}/"


def _s3(env: Mapping[str, str]) -> S3Settings:
    found = StoreSettings.from_env(env).s3
    if found is None:
        raise UsageError("HYBRIDFACE_S3_ENDPOINT is not set: give the address of the object store")
    return found
