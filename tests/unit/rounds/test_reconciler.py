"""What is done on the event loop, by which the Lease is renewed, and what beside it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hybridface_operator.reconciling.advance import advance
from hybridface_operator.rounds import reconciler
from support.probed import probed_job
from support.simulation import Simulation


@pytest.mark.parametrize(("most", "beside"), [(0, True), (1, False)])
def test_a_job_of_many_items_is_planned_beside_the_event_loop(monkeypatch, most, beside):
    planned: list[bool] = []

    def noted(seen):
        if seen.plan is None:
            planned.append(threading.current_thread() is not threading.main_thread())
        return advance(seen)

    monkeypatch.setattr(reconciler, "MANY_ITEMS", most)
    monkeypatch.setattr(reconciler, "advance", noted)

    async def story() -> None:
        simulation = Simulation()
        probed_job(simulation.studio, "only", 64)
        await simulation.start()
        await simulation.turn()

    asyncio.run(story())
    assert planned == [beside]
