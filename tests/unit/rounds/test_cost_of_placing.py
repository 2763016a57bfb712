"""What an operator asks of others to place a job that was probed before: counted, since that bounds its rate."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.kube.api import Kind
from support.probed import probed_job
from support.simulation import Simulation
from support.simulation_world import NAMESPACE


class Counted:
    """A store, and how often each of its methods was called."""

    def __init__(self, store: Any, calls: Counter[str]) -> None:
        self._store = store
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        if name != "uri":
            self._calls[name] += 1
        return getattr(self._store, name)


def test_what_came_of_outputs_is_read_once_and_the_index_made_of_that():
    async def story() -> list[str]:
        simulation = Simulation()
        probed_job(simulation.studio, "only", 64)
        read: list[str] = []
        work = simulation.studio.stores.bucket("work")
        reading = work.read

        def noted(key: str, **options: Any) -> bytes:
            if "/merged/" in key:
                read.append(key)
            return reading(key, **options)

        work.read = noted  # type: ignore[method-assign]  # for this studio alone
        await simulation.start()
        await simulation.until(lambda: simulation.phases() == {"only": "Completed"})
        return read

    assert len(asyncio.run(story())) == 1


def placed() -> tuple[Counter[str], list[tuple[str, Kind]]]:
    """Requests to storage until the Job is there, and writes to the API server until the status says so."""
    calls: Counter[str] = Counter()

    async def story() -> tuple[Counter[str], list[tuple[str, Kind]]]:
        simulation = Simulation()
        uid = probed_job(simulation.studio, "only", 256)
        resolve = simulation.studio.stores.resolve

        def counted(uri: str) -> tuple[Any, str]:
            store, key = resolve(uri)
            return Counted(store, calls), key

        mint = simulation.studio.mint.mint

        def minted(policy: str) -> StorageCredentials:
            calls["mint"] += 1
            return mint(policy)

        simulation.studio.stores.resolve = counted  # type: ignore[method-assign]  # for this studio alone
        simulation.studio.mint.mint = minted  # type: ignore[method-assign]  # the same
        operator = await simulation.start()
        before = len(simulation.studio.api.writes)
        await operator.round()
        assert operator.controller.mirror.jobs(uid)
        called = calls.copy()
        simulation.studio.controllers.settle()
        operator.deliver()  # of the Job, its pods and the status: none of them means that a worker has written
        await operator.round()
        assert operator.controller.mirror.pods(uid)
        assert calls - Counter(write=calls["write"]) == called - Counter(write=called["write"])
        status = simulation.studio.api.found(Kind.FACE_SWAP_JOB, NAMESPACE, "only")["status"]
        assert (status["phase"], status["attempts"]["started"]) == ("Swapping", 1)
        return called, simulation.studio.api.writes[before:]

    return asyncio.run(story())


def test_each_object_is_read_once_and_nothing_is_read_back():
    calls, _ = placed()
    reads = {"read": 3, "list": 1, "head": 1}  # inputs and two results of Probe; the folder; where the output goes
    assert calls == reads | {"write": 3, "mint": 1}  # plan, decision, attempt; the attempt's credentials


def test_the_api_server_gets_secret_job_status_and_event():
    _, writes = placed()
    assert Counter(kind for _, kind in writes) == {
        Kind.SECRET: 1,
        Kind.JOB: 1,
        Kind.FACE_SWAP_JOB: 1,
        Kind.EVENT: 1,
    }
