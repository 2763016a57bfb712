"""Operators in a simulated studio: rounds are driven by hand, watches are delivered, held back or lost, and an operator
dies at any write. The operator's code is the real one; what is modelled is the API server, storage, nodes and workers.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any

from hybridface_operator.kube.api import Body, Kind
from hybridface_operator.kube.errors import KubeAway, KubeError
from hybridface_operator.reconciling.observed import Settings
from hybridface_operator.rounds.controller import Controller
from hybridface_operator.rounds.executor import Tools
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.rounds.timing import Timing
from hybridface_operator.serving import background
from hybridface_worker.contract.errors import StoreError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.base import ObjectInfo, ObjectStore
from support.fake_api import FakeApi
from support.simulation_kubelet import Kubelets
from support.simulation_world import CLUSTER, PODS, NoCopies, Studio

_AT_A_TIME = 3
"""So many jobs does an operator reconcile, and carry out for as many, where its rounds overlap."""
_MEANWHILE = 0.001
"""Seconds between rounds that overlap, for what is carried out beside them."""
WATCHED = (Kind.FACE_SWAP_JOB, Kind.JOB, Kind.POD, Kind.NODE)


class Killed(BaseException):
    """The operator's process is no more."""


class Lifeline:
    """What an operator writes by: it ends at a write, or finds a service away."""

    def __init__(self) -> None:
        self.writes_left: int | None = None
        """So many writes are done before the operator dies; None for no end."""
        self.api_away = False
        self.api_error: KubeError = KubeAway("the API server is away")
        """What is met while it is."""
        self.storage_away = False
        self.in_vain = 0
        """Requests to storage while it was away."""
        self.dead = False
        self.answers_lost_in: int | None = None
        """After so many writes the answer to one is lost; None for never."""
        self.writes = 0

    def write(self) -> None:
        """Before a write."""
        self.writes += 1
        if self.writes_left is not None:
            self.writes_left -= 1
            self.dead = self.dead or self.writes_left < 0
        if self.dead:
            raise Killed

    def answer(self) -> bool:
        """After a write: whether its answer comes through."""
        if self.answers_lost_in is None:
            return True
        self.answers_lost_in -= 1
        if self.answers_lost_in >= 0:
            return True
        self.answers_lost_in = None
        return False


class OwnApi:
    """The API as one operator reaches it."""

    def __init__(self, api: FakeApi, line: Lifeline) -> None:
        self._api = api
        self._line = line

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._api, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            if self._line.dead:
                raise Killed
            if self._line.api_away:
                raise self._line.api_error
            if name in ("get", "list", "why_no_pods"):
                return await method(*arguments, **named)
            self._line.write()
            written = await method(*arguments, **named)
            if not self._line.answer():
                raise KubeAway("the connection was closed")
            return written

        return call


class OwnStore:
    """A bucket as one operator reaches it."""

    def __init__(self, store: ObjectStore, line: Lifeline) -> None:
        self._store = store
        self._line = line

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name == "uri":
            return method

        def call(*arguments: Any, **named: Any) -> Any:
            if self._line.dead:
                raise Killed
            if self._line.storage_away:
                self._line.in_vain += 1
                raise StoreError(Reason.SERVICE_AWAY, "storage is away")
            if name not in ("write", "upload", "delete", "delete_many"):
                return method(*arguments, **named)
            self._line.write()
            written = method(*arguments, **named)
            if not self._line.answer():
                raise StoreError(Reason.SERVICE_AWAY, "the connection was closed")
            return written

        return call

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See ObjectStore."""
        yield from self.__getattr__("list")(prefix)


class OwnStores:
    """The buckets as one operator reaches them."""

    def __init__(self, studio: Studio, line: Lifeline) -> None:
        self._stores = studio.stores
        self._line = line

    def resolve(self, uri: str) -> tuple[Any, str]:
        """See Stores."""
        store, key = self._stores.resolve(uri)
        return OwnStore(store, self._line), key


class Operator:
    """One life of an operator, with its watches."""

    def __init__(self, studio: Studio, namespaces: tuple[str, ...] = (), concurrency: int = 1) -> None:
        self.line = Lifeline()
        self._studio = studio
        self._namespaces = namespaces
        cluster = OwnApi(studio.api, self.line)
        tools = Tools(cluster, OwnStores(studio, self.line), studio.mint, NoCopies(), PODS, studio.inventory)  # type: ignore[arg-type]  # stand-ins
        self._cluster: Any = cluster
        self.controller = Controller(
            tools,
            studio.world(),
            Mirror(),
            work_uri=CLUSTER,
            instance="sim",
            timing=Timing(storage_seconds=30, placement_seconds=15, dead_pod_seconds=60),
            settings=Settings(worker_image=PODS.image, cpu_shards=2, probe_bytes=1),
            concurrency=concurrency,
            clock=studio.clock,
        )
        self.deaf = False
        """Whether events are lost."""
        self._events: defaultdict[Kind, deque[tuple[str, Body]]] = defaultdict(deque)
        studio.api.watchers.append(self._hear)

    async def list_all(self) -> None:
        """As at the start, and every so often. What is still on its way comes later."""
        await background.list_all(self._cluster, self.controller, self._namespaces, self._studio.clock)
        self.controller.world_changed()

    def deliver(self, kind: Kind | None = None) -> None:
        """Hands over the events that are on their way; those of one kind come in order."""
        for each in (kind,) if kind else WATCHED:
            while self._events[each]:
                self._take(each, *self._events[each].popleft())

    async def round(self) -> None:
        """One round, to its end. Raises Killed."""
        await self.controller.round()

    async def begin(self) -> None:
        """One round up to what it decided, which is carried out beside the next. Raises Killed."""
        await self.controller.begin()

    def end(self) -> None:
        """It is no more."""
        self.line.dead = True
        self._studio.api.watchers.remove(self._hear)

    def _hear(self, change: str, kind: Kind, body: Body) -> None:
        may = kind is not Kind.NODE or not self._namespaces
        if kind in WATCHED and may and not self.deaf:
            self._events[kind].append((change, body))

    def _take(self, kind: Kind, change: str, body: Body) -> None:
        if kind in (Kind.JOB, Kind.POD) and "hybridface.dev/uid" not in body["metadata"].get("labels", {}):
            return
        mirror, controller = self.controller.mirror, self.controller
        room = mirror.room
        uid = mirror.lose(kind, body, self._studio.clock()) if change == "DELETED" else mirror.see(kind, body)
        if uid is not None:
            controller.enqueue(uid)
        if mirror.room != room:
            controller.world_changed()


class Simulation:
    """A studio, its kubelets, and whoever operates it."""

    def __init__(self, **kubelets: Any) -> None:
        self.studio = Studio()
        self.kubelets = Kubelets(self.studio, **kubelets)
        self.operators: list[Operator] = []
        self.lives = 0
        self.overlapping = False
        """Whether rounds overlap, as they do where they are not stepped through."""
        self.checks: list[Callable[[], None]] = []
        """Are called after each turn: what must hold always."""

    async def start(self, *, namespaces: tuple[str, ...] = ()) -> Operator:
        """An operator begins to serve, of these namespaces or of all: it knows nothing but what it reads."""
        operator = Operator(self.studio, namespaces, _AT_A_TIME if self.overlapping else 1)
        self.lives += 1
        self.operators.append(operator)
        await operator.list_all()
        return operator

    async def list_all(self) -> None:
        """Every operator reads everything anew. One may have died at what it carried out beside its rounds."""
        for operator in list(self.operators):
            try:
                await operator.list_all()
            except Killed:
                await self._follow(operator)

    async def turn(self, seconds: float = 1, *, deliver: bool = True) -> None:
        """Everybody does something once: controllers, kubelets, operators."""
        self.studio.clock.pass_(seconds)
        self.studio.controllers.step()
        self.kubelets.step()
        for operator in list(self.operators):
            await self._rounds(operator, deliver=deliver)
        for check in self.checks:
            check()

    async def settle(self, rounds: int = 10) -> int:
        """Rounds while nothing happens but what the operators do. How many it took until nothing was written.

        Raises AssertionError where they go on.
        """
        for number in range(rounds):
            before = sum(operator.line.writes for operator in self.operators)
            for operator in self.operators:
                operator.deliver()
                await operator.round()
            if before == sum(operator.line.writes for operator in self.operators):
                return number
        raise AssertionError(f"after {rounds} rounds something is still being written")

    async def _rounds(self, operator: Operator, *, deliver: bool) -> None:
        try:
            self.studio.fill_up(operator.controller.world)
            if deliver:
                operator.deliver()
            await (operator.begin() if self.overlapping else operator.round())
            await asyncio.sleep(_MEANWHILE if self.overlapping else 0)
        except Killed:
            await self._follow(operator)

    async def _follow(self, dead: Operator) -> None:
        dead.end()
        await dead.controller.close()
        self.operators.remove(dead)
        await self.start()

    async def until(self, done: Callable[[], bool], *, turns: int = 200, seconds: float = 5) -> None:
        """Turns until something is so. Raises AssertionError where it does not come to be."""
        for number in range(turns):
            if done():
                return
            if number % 20 == 19:
                await self.list_all()
            await self.turn(seconds)
        raise AssertionError("it did not come to be")

    def phases(self) -> dict[str, str]:
        """Of every job, by name."""
        return {
            body["metadata"]["name"]: (body.get("status") or {}).get("phase", "Pending")
            for (kind, _, _), body in self.studio.api.objects.items()
            if kind is Kind.FACE_SWAP_JOB
        }
