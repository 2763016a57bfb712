"""Whatever happens in whatever order: every chunk is committed once, and nothing is left running."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from support.simulation import Simulation
from support.simulation_days import BadDays

STEPS = 30
EXAMPLES = max(20, settings.default.max_examples // 10) if settings.default else 20
"""200 where tests go deep."""
FOUND_AS_IT_IS = (Phase.explicit, Phase.generate)
"""A life takes too long to be made smaller."""

events = st.tuples(st.sampled_from(BadDays.EVENTS), st.integers(0, 119), st.integers(0, 3))
"""What happens, to whom, and how many turns pass before something else does."""


async def live(days: list[Any], overlapping: bool, *, operators: int = 1, **kubelets: Any) -> BadDays:
    """Two jobs through such days and to their ends, with rounds that overlap or that do not."""
    simulation = Simulation(**kubelets)
    simulation.overlapping = overlapping
    uids = (
        simulation.studio.job("portrait", 192, sensitivity="restricted"),
        simulation.studio.job("campaign", 448, priority="low"),
    )
    bad = BadDays(simulation, uids, alone=operators == 1)
    simulation.checks.append(bad.check)
    for _ in range(operators):
        await simulation.start()
    for event, number, turns in days:
        event(bad, number)
        for _ in range(turns):
            await simulation.turn(3)
    bad.peace()
    await simulation.list_all()
    await simulation.until(lambda: bad.over() and bad.nothing_runs())
    await simulation.settle()
    for uid in uids:
        assert set(bad.committed(uid)) == set(bad.planned(uid))
        assert not bad.live_attempts(uid)
    return bad


@settings(max_examples=EXAMPLES, phases=FOUND_AS_IT_IS)
@given(st.lists(events, min_size=STEPS, max_size=STEPS), st.booleans())
def test_every_chunk_is_committed_once_whatever_happens(days, overlapping):
    bad = asyncio.run(live(days, overlapping))
    assert set(bad.simulation.phases().values()) == {"Completed"}
    assert all(set(bad.committed(uid).values()) == {"done"} for uid in bad.uids)


@settings(max_examples=EXAMPLES // 2, phases=FOUND_AS_IT_IS)
@given(st.lists(events, min_size=STEPS, max_size=STEPS), st.booleans(), st.integers(0, 6))
def test_a_chunk_that_ends_its_workers_is_given_up_and_takes_no_other_with_it(days, overlapping, guilty):
    bad = asyncio.run(live(days, overlapping, poison=lambda chunk: chunk.start == 64 * guilty))
    for uid in bad.uids:
        for chunk, outcome in bad.committed(uid).items():
            assert outcome == ("failed" if chunk.start == 64 * guilty else "done")


@settings(max_examples=EXAMPLES // 2, phases=FOUND_AS_IT_IS)
@given(st.lists(events, min_size=STEPS, max_size=STEPS), st.booleans())
def test_two_operators_at_once_do_no_harm(days, overlapping):
    bad = asyncio.run(live(days, overlapping, operators=2))
    assert set(bad.simulation.phases().values()) == {"Completed"}
    assert all(set(bad.committed(uid).values()) == {"done"} for uid in bad.uids)


@settings(max_examples=EXAMPLES, phases=FOUND_AS_IT_IS)
@given(st.lists(events.filter(lambda event: event[0] is not BadDays.operator_dies), max_size=12))
def test_where_nothing_happens_it_soon_has_nothing_left_to_do(days):
    async def halt() -> None:
        simulation = Simulation()
        bad = BadDays(simulation, (simulation.studio.job("portrait", 192), simulation.studio.job("campaign", 448)))
        await simulation.start()
        for event, number, turns in days:
            event(bad, number)
            for _ in range(turns):
                await simulation.turn(3)
        assert await simulation.settle() <= 6

    asyncio.run(halt())
