"""A specification that the operator cannot read: of a later release's CRD, or wrong; and defects in reading it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.rounds import reconciler
from support.simulation import Simulation
from support.simulation_days import BadDays
from support.simulation_world import NAMESPACE


def conditions(simulation: Simulation) -> dict[str, tuple[str, str]]:
    status = simulation.studio.api.found(Kind.FACE_SWAP_JOB, NAMESPACE, "only")["status"]
    return {each["type"]: (each["status"], each["reason"]) for each in status["conditions"]}


def edit(simulation: Simulation, **spec: Any) -> None:
    """As a CRD that is replaced does: under no new generation."""

    def change(body: dict[str, Any]) -> None:
        body["spec"] = {name: value for name, value in (body["spec"] | spec).items() if value is not None}

    simulation.studio.api.edit(Kind.FACE_SWAP_JOB, NAMESPACE, "only", change)


def jobs(simulation: Simulation) -> set[str]:
    """Names of Jobs that have not ended."""
    kept = simulation.studio.api.objects.items()
    return {
        name
        for (kind, _, name), body in kept
        if kind is Kind.JOB and not any(each["status"] == "True" for each in body["status"].get("conditions", ()))
    }


@pytest.mark.parametrize("newer", [{"neverAtNight": True}, {"priority": "background"}], ids=["field", "value"])
def test_a_field_or_value_of_a_later_release_holds_a_job_up_until_the_operator_is_upgraded(newer):
    async def story() -> None:
        simulation = Simulation()
        bad = BadDays(simulation, (simulation.studio.job("only", 640),))
        before = simulation.studio.api.found(Kind.FACE_SWAP_JOB, NAMESPACE, "only")["spec"]
        operator = await simulation.start()
        await simulation.until(lambda: bool(bad.committed(bad.uids[0])), seconds=1)
        reserved = [load.reserved for load in operator.controller.pools.loads()]
        assert any(reserved)
        operator.end()
        simulation.operators.clear()
        edit(simulation, **newer)
        running = jobs(simulation)
        assert running

        older = await simulation.start()
        await simulation.turn()
        held = conditions(simulation)
        assert held["Stalled"] == ("True", "OperatorTooOld")
        assert held["Failed"] == ("False", "OperatorTooOld")
        assert held["Planned"][0] == "True"
        assert jobs(simulation) <= running, "nothing is begun"
        assert [load.reserved for load in older.controller.pools.loads()] == reserved, (
            "what runs keeps its GPUs from others"
        )
        written = older.line.writes
        await simulation.turn(60)
        assert older.line.writes == written, "and said once"
        older.end()
        simulation.operators.clear()

        edit(simulation, **{name: before.get(name) for name in newer})  # an operator that knows it
        await simulation.start()
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}
        assert bad.committed(bad.uids[0]) == dict.fromkeys(bad.planned(bad.uids[0]), "done")

    asyncio.run(story())


def test_what_no_release_can_read_fails():
    async def story() -> None:
        simulation = Simulation()
        simulation.studio.job("only", 64)
        edit(simulation, sources=[])
        await simulation.start()
        await simulation.turn()
        assert conditions(simulation)["Failed"] == ("True", "InvalidSpec")

    asyncio.run(story())


def test_a_defect_that_the_first_look_meets_is_no_end_of_a_job(monkeypatch):
    met = 0

    def once(seen):
        nonlocal met
        met += 1
        if met == 1:
            raise RuntimeError("a defect")
        return advance(seen)

    monkeypatch.setattr(reconciler, "advance", once)

    async def story() -> None:
        simulation = Simulation()
        bad = BadDays(simulation, (simulation.studio.job("only", 64),))
        await simulation.start()
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}

    asyncio.run(story())
