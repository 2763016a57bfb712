"""Nodes that are cordoned under a job: its pods end their shards, and the next shards' pods find no node."""

from __future__ import annotations

import asyncio
from typing import Any

from hybridface_operator.kube.api import Kind
from hybridface_operator.reconciling.records import AttemptEnd, EndCause
from support.simulation import Simulation
from support.simulation_days import BadDays
from support.simulation_world import NODES, job_area

PRIVATE = [name for name, (pool, _) in NODES.items() if pool == "private"]


def cordon(simulation: Simulation, *, off: bool) -> None:
    """What `kubectl cordon` and `uncordon` write, of every private node."""

    def told(body: dict[str, Any]) -> None:
        body["spec"]["unschedulable"] = off

    for name in PRIVATE:
        simulation.studio.api.edit(Kind.NODE, "", name, told)


def test_a_pool_that_is_cordoned_goes_on_as_soon_as_it_is_uncordoned():
    async def story() -> None:
        simulation = Simulation()
        uid = simulation.studio.job("only", 64 * 12, sensitivity="restricted")
        bad, area = BadDays(simulation, (uid,)), job_area(simulation.studio.stores, uid)
        simulation.checks.append(bad.check)
        operator = await simulation.start()
        await simulation.until(lambda: bool(bad.committed(uid)), seconds=1)
        cordon(simulation, off=True)
        before = len(list(area.list("attempts/")))
        await simulation.until(lambda: EndCause.UNSCHEDULED in causes(area), seconds=1)
        for _ in range(5):
            await simulation.turn(60)
        assert len(list(area.list("attempts/"))) == before, "nothing is begun where no node takes it"
        assert operator.controller.world.state.breakers == {}, "that its nodes are cordoned is no fault of the pool's"

        cordon(simulation, off=False)
        for _ in range(3):
            await simulation.turn(1)
        assert len(list(area.list("attempts/"))) == before + 1
        await simulation.until(bad.over)
        assert bad.committed(uid) == dict.fromkeys(bad.planned(uid), "done")

    asyncio.run(story())


def test_what_needs_no_gpu_waits_too_while_all_nodes_are_cordoned_and_goes_on_at_once():
    async def story() -> None:
        simulation = Simulation()
        cordon(simulation, off=True)
        uid = simulation.studio.job("only", 64, sensitivity="restricted")
        bad, area = BadDays(simulation, (uid,)), job_area(simulation.studio.stores, uid)
        operator = await simulation.start()
        for _ in range(5):
            await simulation.turn(60)
        assert list(area.list("attempts/")) == []
        assert operator.controller.world.state.breakers == {}
        job = simulation.studio.api.found(Kind.FACE_SWAP_JOB, "studio", "only")
        (placed,) = (each for each in job["status"]["conditions"] if each["type"] == "Placed")
        assert "private: none of its nodes takes pods: they are cordoned" in placed["message"]

        cordon(simulation, off=False)
        for _ in range(3):
            await simulation.turn(1)
        assert len(list(area.list("attempts/"))) == 1
        await simulation.until(bad.over)

    asyncio.run(story())


def causes(area: Any) -> set[EndCause]:
    """How its attempts have ended."""
    return {area.read(AttemptEnd, key).cause for key in area.list("ended/")}
