"""Whole lives of FaceSwapJobs in a studio in memory, and what they asked of the API server."""

from __future__ import annotations

from collections import Counter
from typing import Any

from support.simulation import Simulation
from support.simulation_days import BadDays


async def life(frames: int, sources: int = 1, **kubelets: Any) -> tuple[Counter[tuple[str, str]], int, int]:
    """Writes by verb and kind, attempts and chunks of a job that meets no trouble."""
    simulation = Simulation(**kubelets)
    faces = [{"name": f"actor-{each}", "images": [{"uri": "s3://faces/actor.jpg"}]} for each in range(sources)]
    uid = simulation.studio.job("only", frames, sources=faces)
    bad = BadDays(simulation, (uid,))
    await simulation.start()
    await simulation.until(lambda: bad.over() and bad.nothing_runs(), turns=2000, seconds=1)
    assert simulation.phases() == {"only": "Completed"}
    counted = Counter((verb, kind.value.kind) for verb, kind in simulation.studio.api.writes)
    attempts = sum(1 for _ in bad.area(uid).list("attempts/"))
    return counted, attempts, len(bad.planned(uid))
