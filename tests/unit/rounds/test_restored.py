"""An etcd that is restored to an earlier state: what storage holds by then counts."""

from __future__ import annotations

import asyncio

import pytest

from hybridface_worker.contract.task import Attempt, SwapTask
from support.fake_api import copied
from support.simulation import Simulation
from support.simulation_days import BadDays

CHUNKS = 24


@pytest.mark.parametrize("taken_at", [0, 1, 6], ids=lambda chunks: f"taken at {chunks} chunks")
@pytest.mark.parametrize("restored_at", [12, CHUNKS], ids=lambda chunks: f"restored at {chunks} chunks")
def test_a_job_goes_on_from_what_storage_holds(taken_at, restored_at):
    async def story() -> None:
        simulation = Simulation()
        uid = simulation.studio.job("only", 64 * CHUNKS, sensitivity="restricted")
        bad = BadDays(simulation, (uid,))
        simulation.checks.append(bad.check)
        operator, objects, area = await simulation.start(), simulation.studio.api.objects, bad.area(uid)
        await simulation.until(lambda: len(bad.committed(uid)) >= taken_at, seconds=1)
        snapshot = {key: copied(body) for key, body in objects.items()}
        await simulation.until(lambda: len(bad.committed(uid)) >= restored_at, seconds=1)
        if restored_at == CHUNKS:
            await simulation.until(bad.over)
        done, begun = set(bad.committed(uid)), set(area.list("attempts/"))
        assert len(done) > taken_at

        operator.end()
        simulation.operators.clear()
        objects.clear()
        objects.update(snapshot)
        await simulation.start()
        await simulation.until(bad.over)

        assert simulation.phases() == {"only": "Completed"}
        assert bad.committed(uid) == dict.fromkeys(bad.planned(uid), "done")
        fresh = [area.read(Attempt, key) for key in area.list("attempts/") if key not in begun]
        swaps = [attempt.work for attempt in fresh if isinstance(attempt.work, SwapTask)]
        assert done.isdisjoint(chunk for swap in swaps for shard in swap.shards for chunk in shard.chunks)
        assert bool(fresh) is (restored_at < CHUNKS)
        assert len(list(area.list("ended/"))) == len(list(area.list("attempts/")))

    asyncio.run(story())
