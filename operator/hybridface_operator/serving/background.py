"""What goes on beside the rounds: lists that find what watches missed, credentials, memory, policy and prices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import structlog

from hybridface_operator.consul_kv.policy_state import PolicyState
from hybridface_operator.consul_kv.price_book import PriceBook
from hybridface_operator.credentials.renewal import Held, due
from hybridface_operator.errors import OperatorError
from hybridface_operator.kube.api import ClusterApi, Kind
from hybridface_operator.kube.errors import KubeError
from hybridface_operator.kube.kept import replace_config_map
from hybridface_operator.manifests.config import state_config_map
from hybridface_operator.rounds.capacity import held_gpus
from hybridface_operator.rounds.controller import Controller
from hybridface_operator.spec.labels import UID
from hybridface_worker.contract.errors import WorkerError

log = structlog.get_logger()

_RENEWAL_SECONDS = 30.0
_STATE_SECONDS = 2.0


async def list_all(
    cluster: ClusterApi, controller: Controller, namespaces: tuple[str, ...], clock: Callable[[], datetime]
) -> None:
    """Lists everything anew, so that what a watch missed is found. Raises KubeError."""
    mirror = controller.mirror
    for kind, labels in ((Kind.FACE_SWAP_JOB, ""), (Kind.JOB, UID), (Kind.POD, UID)):
        asked = mirror.mark()
        bodies = [body for name in namespaces or ("",) for body in await cluster.list(kind, name, labels)]
        for uid in mirror.relist(kind, bodies, clock(), asked):
            controller.enqueue(uid)
    if not namespaces:
        asked = mirror.mark()
        mirror.relist(Kind.NODE, await cluster.list(Kind.NODE), clock(), asked)
        resources = {pool.gpu_resource for pool in controller.world.inventory.pools}
        controller.world.held_gpus = held_gpus(await cluster.list(Kind.POD), resources)
    for uid in mirror.face_swap_jobs():
        controller.queue.add(uid)


async def resync(
    cluster: ClusterApi,
    controller: Controller,
    namespaces: tuple[str, ...],
    every_seconds: float,
    clock: Callable[[], datetime],
) -> None:
    """Lists everything every so often, for ever."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            await list_all(cluster, controller, namespaces, clock)
            controller.world_changed()
        except KubeError as error:
            controller.metrics.error(error)
            log.warning("resync.failed", why=str(error))


async def hear_policy(
    states: AsyncIterator[PolicyState],
    controller: Controller,
    tell: Callable[[PolicyState, PolicyState], Awaitable[None]],
) -> None:
    """Has every policy in force the moment it is heard of. `tell` is told the state before and after each change."""
    async for state in states:
        before = controller.world.policy_state
        controller.world.policy_state = state
        if (state.sha256, state.refused) != (before.sha256, before.refused):
            controller.world_changed()
            await tell(before, state)


async def hear_prices(books: AsyncIterator[PriceBook], controller: Controller) -> None:
    """Has every quote count the moment it is heard of."""
    away = ""
    async for book in books:
        if book.away not in ("", away):
            log.warning("prices.away", why=book.away)
        away = book.away
        for name, why in book.problems.items():
            if controller.world.refused_quotes.get(name) != why:
                log.warning("price.refused", pool=name, why=why)
        controller.world.refused_quotes = book.problems
        if book.quotes != controller.world.quotes:
            controller.world.quotes = book.quotes
            controller.world_changed()


async def renew_credentials(controller: Controller, clock: Callable[[], datetime]) -> None:
    """Renews the credentials of live attempts at half of their life, for ever; after a restart all of them at once."""
    while True:
        await asyncio.sleep(_RENEWAL_SECONDS)
        await renew_due(controller, clock())


async def renew_due(controller: Controller, now: datetime) -> None:
    """Renews what is due now."""
    for uid, known in list(controller.jobs.items()):
        turn = known.turn
        if turn is None or turn.seen.models is None:
            continue
        live = {str(attempt.number): attempt for attempt in turn.seen.live() if attempt.running}
        held = [known.memory.credentials.get(int(name)) or Held.of(name, None, None) for name in live]
        for each in due(held, now):
            try:
                await known.executor.renew(turn.seen, live[each.name], turn.seen.models)
            except (OperatorError, WorkerError) as error:
                controller.metrics.error(error)
                log.warning("credentials.not_renewed", uid=uid, attempt=each.name, why=str(error))


async def keep_state(cluster: ClusterApi, controller: Controller, namespace: str) -> None:
    """Keeps what is learned, a little later, so that many changes are one write; for ever."""
    kept = controller.world.state
    while True:
        await asyncio.sleep(_STATE_SECONDS)
        state = controller.world.state
        if state != kept:
            try:
                await replace_config_map(cluster, state_config_map(namespace, state))
                kept = state
            except KubeError as error:
                controller.metrics.error(error)
                log.warning("state.not_kept", why=str(error))
