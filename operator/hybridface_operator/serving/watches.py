"""kopf as the event loop of watches: handlers that mean "reconcile it again", and nothing else.

No finalizers, no progress annotations, no kopf peering: those come with handlers of other kinds. Streams are ended by
the server every so often and begun anew, so that one that has died is known by its age (`WatchAges`).
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import aiohttp
import kopf

from hybridface_operator.kube.api import Kind
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.spec.job import API_VERSION
from hybridface_operator.spec.labels import UID

STREAM_SECONDS = 50
"""A watch request lasts so long, and is followed by the next: no stream is older than it may be."""
AGAIN_SECONDS = 1.0
"""Before a token is read again: where it is refused until it is renewed, nobody is asked without a pause."""
_IDENTITY: Any = "hybridface"  # else kopf asks for the user's name, and a container's user has none


class WatchAges:
    """When each watch was answered last, by a clock that is never set: one that goes back would make all look fresh."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._answered: dict[str, float] = {}

    @property
    def age_seconds(self) -> float:
        """Of the watch that was answered longest ago; 0 before any was."""
        return max((self._monotonic() - when for when in self._answered.values()), default=0.0)

    def tracing(self) -> aiohttp.TraceConfig:
        """Hears of every request of a session."""
        trace = aiohttp.TraceConfig()

        async def ended(_session: object, _context: object, params: aiohttp.TraceRequestEndParams) -> None:
            if params.url.query.get("watch") == "true" and params.response.ok:
                self._answered[params.url.path] = self._monotonic()

        trace.on_request_end.append(ended)
        return trace


def handlers(
    mirror: Mirror,
    enqueue: Callable[[str], None],
    nodes_changed: Callable[[], None],
    ages: WatchAges,
    clock: Callable[[], datetime],
    *,
    nodes: bool,
) -> kopf.OperatorRegistry:
    """What is done with events. `enqueue` is told of jobs; `nodes` says whether nodes may be watched."""
    registry = kopf.OperatorRegistry()

    def take(kind: Kind, event: Any) -> None:
        body = event["object"]
        uid = mirror.lose(kind, body, clock()) if event["type"] == "DELETED" else mirror.see(kind, body)
        if uid is not None:
            enqueue(uid)

    group, version = API_VERSION.split("/")

    @kopf.on.event(group, version, Kind.FACE_SWAP_JOB.value.plural, registry=registry)
    async def face_swap_job(event: Any, **_: object) -> None:
        take(Kind.FACE_SWAP_JOB, event)

    @kopf.on.event("batch", "v1", "jobs", registry=registry)
    async def job(event: Any, **_: object) -> None:
        take(Kind.JOB, event)

    @kopf.on.event("", "v1", "pods", registry=registry)
    async def pod(event: Any, **_: object) -> None:
        take(Kind.POD, event)

    if nodes:

        @kopf.on.event("", "v1", "nodes", registry=registry)
        async def node(event: Any, **_: object) -> None:
            before = mirror.room
            take(Kind.NODE, event)
            if mirror.room != before:
                nodes_changed()

    pauses = itertools.chain((0.0,), itertools.repeat(AGAIN_SECONDS))

    @kopf.on.login(registry=registry)
    async def log_in(settings: kopf.OperatorSettings, **_: object) -> kopf.AiohttpSession | None:
        await asyncio.sleep(next(pauses))
        found = kopf.login_with_service_account(settings=settings) or kopf.login_with_kubeconfig(settings=settings)
        return _session(found, ages) if isinstance(found, kopf.ConnectionInfo) else None

    return registry


class NothingKept(kopf.DiffBaseStorage):
    """No handler asks what changed, so nothing is kept to tell: kopf would copy every object over and over."""

    def build(self, *, body: kopf.Body, extra_fields: object = None) -> kopf.BodyEssence:  # noqa: ARG002 - kopf's names
        """See kopf.DiffBaseStorage."""
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:  # noqa: ARG002 - kopf's name
        """See kopf.DiffBaseStorage."""
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """See kopf.DiffBaseStorage."""


class NothingDone(kopf.ProgressStorage):
    """No handler is tried again, so no progress is kept either."""

    def fetch(self, *, key: object, body: kopf.Body) -> None:
        """See kopf.ProgressStorage."""

    def store(self, *, key: object, record: object, body: kopf.Body, patch: kopf.Patch) -> None:
        """See kopf.ProgressStorage."""

    def purge(self, *, key: object, body: kopf.Body, patch: kopf.Patch) -> None:
        """See kopf.ProgressStorage."""

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        """See kopf.ProgressStorage."""

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """See kopf.ProgressStorage."""
        return essence


def settings() -> kopf.OperatorSettings:
    """How kopf watches."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    chosen.scanning.disabled = True
    chosen.peering.standalone = True
    chosen.watching.server_timeout = STREAM_SECONDS
    chosen.watching.inactivity_timeout = STREAM_SECONDS + 20
    chosen.watching.chunk_size = 500
    chosen.persistence.diffbase_storage = NothingKept()
    chosen.persistence.progress_storage = NothingDone()
    for group, plural in (("batch", "jobs"), ("", "pods")):
        chosen.watching.label_selectors[group, "v1", plural] = UID
    return chosen


async def watch(registry: kopf.OperatorRegistry, namespaces: Collection[str], begun: Callable[[], None]) -> None:
    """Watches for ever; no namespaces stand for all of them.

    `begun` is called once kopf has taken what it takes, the handling of signals among it: who wants that takes it back.
    """
    ours = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        registry=registry,
        settings=settings(),
        standalone=True,
        identity=_IDENTITY,
        clusterwide=not namespaces,
        namespaces=namespaces,
    )
    begun()
    await kopf.run_tasks(tasks, ignored=ours)  # it would wait for the end of all others when it ends


def _session(found: kopf.ConnectionInfo, ages: WatchAges) -> kopf.AiohttpSession:
    """The session that kopf would make, with a listener."""
    return kopf.AiohttpSession(
        server=found.server,
        default_namespace=found.default_namespace,
        aiohttp_session=aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=found.as_ssl_context()),
            headers=found.as_http_headers(),
            trace_configs=[ages.tracing()],
        ),
    )
