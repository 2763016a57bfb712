"""An operator that ends, or loses an answer, at any of its writes: the next one goes on where it was."""

from __future__ import annotations

import asyncio

import pytest

from support.simulation import Simulation
from support.simulation_days import BadDays

FRAMES = 200


async def life(*, dies_at: int | None = None, loses: int | None = None, preempted: bool = False) -> int:
    """One job from its creation to its end. Returns how often something was written."""
    simulation = Simulation()
    bad = BadDays(simulation, (simulation.studio.job("only", FRAMES),))
    simulation.checks.append(bad.check)
    first = await simulation.start()
    first.line.writes_left, first.line.answers_lost_in = dies_at, loses
    for number in range(200):
        if bad.over() and bad.nothing_runs():
            break
        if preempted and number == 5:
            bad.preempt(0)
        await simulation.turn(3)
    assert simulation.phases() == {"only": "Completed"}
    (uid,) = bad.uids
    assert bad.nothing_runs()
    assert not bad.live_attempts(uid)
    assert bad.committed(uid) == dict.fromkeys(bad.planned(uid), "done")
    return first.line.writes


@pytest.fixture(scope="module")
def writes() -> int:
    """Of a life without any trouble."""
    return asyncio.run(life())


def test_at_every_single_write(writes):
    assert writes > 20
    for number in range(writes):
        asyncio.run(life(dies_at=number))


def test_at_every_third_write_of_a_day_on_which_a_pod_is_preempted():
    for number in range(0, asyncio.run(life(preempted=True)), 3):
        asyncio.run(life(dies_at=number, preempted=True))


def test_an_answer_that_is_lost_is_as_good_as_one_that_came(writes):
    for number in range(writes):
        asyncio.run(life(loses=number))
