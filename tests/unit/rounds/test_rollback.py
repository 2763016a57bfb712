"""An operator that was rolled back, and what a newer one and newer workers left behind in a job's folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_worker.contract import layout
from hybridface_worker.store.job_area import JobArea
from support.simulation import Simulation
from support.simulation_days import BadDays
from support.simulation_world import NAMESPACE, job_area

REPORTS = ("done/", "tries/", "ended/", "exits/", "merged/")


def conditions(simulation: Simulation) -> dict[str, dict[str, Any]]:
    status = simulation.studio.api.found(Kind.FACE_SWAP_JOB, NAMESPACE, "only")["status"]
    return {each["type"]: each for each in status["conditions"]}


def begun(simulation: Simulation) -> set[str]:
    return {name for kind, _, name in simulation.studio.api.objects if kind is Kind.JOB}


def edit(area: JobArea, key: str, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Changes a stored document. Returns it as it was."""
    before = area.read_bytes(key)
    document = json.loads(before)
    change(document)
    area.put_bytes(key, json.dumps(document).encode())
    return before


def at_night(document: dict[str, Any]) -> None:
    document["onlyByNight"] = True


def later_plan(document: dict[str, Any]) -> None:
    document["version"] = 2


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (layout.PLAN, at_night),
        (layout.PLAN, later_plan),
        (layout.attempt(2), at_night),
        (layout.attempt(2), lambda attempt: attempt["work"].update(phase="relight")),
    ],
    ids=["plan", "version", "attempt", "phase"],
)
def test_what_it_does_not_know_of_a_plan_or_attempt_holds_the_job_up_until_it_is_upgraded(key, change):
    async def story() -> None:
        simulation = Simulation()
        bad = BadDays(simulation, (simulation.studio.job("only", 640),))
        newer = await simulation.start()
        await simulation.until(lambda: bool(bad.committed(bad.uids[0])), seconds=1)
        reserved = [load.reserved for load in newer.controller.pools.loads()]
        assert any(reserved)
        newer.end()
        simulation.operators.clear()
        area, jobs = job_area(simulation.studio.stores, bad.uids[0]), begun(simulation)
        before = edit(area, key, change)

        older = await simulation.start()
        await simulation.turn()
        held = conditions(simulation)
        assert (held["Stalled"]["status"], held["Stalled"]["reason"]) == ("True", "OperatorTooOld")
        assert held["Stalled"]["message"].endswith("upgrade the operator, until then nothing is started")
        assert key in held["Stalled"]["message"]
        assert held["Failed"]["status"] == "False"
        assert held["Planned"]["status"] == "True"
        assert begun(simulation) == jobs
        held_back = [load.reserved for load in older.controller.pools.loads()]
        assert held_back == reserved, "what runs keeps its GPUs from others"
        await simulation.turn(600)
        assert begun(simulation) == jobs
        older.end()
        simulation.operators.clear()

        area.put_bytes(key, before)  # an operator that knows it
        await simulation.start()
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}
        assert bad.committed(bad.uids[0]) == dict.fromkeys(bad.planned(bad.uids[0]), "done")

    asyncio.run(story())


def test_what_it_does_not_know_of_reports_is_no_matter():
    async def story() -> None:
        simulation = Simulation()
        bad = BadDays(simulation, (simulation.studio.job("only", 640),))
        area = job_area(simulation.studio.stores, bad.uids[0])
        newer = await simulation.start()
        await simulation.until(lambda: bool(bad.committed(bad.uids[0])), seconds=1)
        bad.crash(0)
        await simulation.until(lambda: bool(list(area.list("exits/"))), seconds=1)
        newer.end()
        simulation.operators.clear()
        for key in [key for prefix in REPORTS for key in area.list(prefix)]:
            edit(area, key, at_night)

        await simulation.start()
        await simulation.until(bad.over)
        assert simulation.phases() == {"only": "Completed"}
        assert bad.committed(bad.uids[0]) == dict.fromkeys(bad.planned(bad.uids[0]), "done")

    asyncio.run(story())
