"""Whatever happens in whatever order, on real servers: every chunk is committed once, and nothing is left running."""

from __future__ import annotations

import pytest

from support.clips import clip
from support.decoded import decoded
from support.real_days import RealDays
from support.waiting import soon

STEPS = 8
SEEDS = range(10)
IN_CI = (4, 9)
"""Sequences that are lived through each time: in them nearly everything happens. All where tests go deep."""


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[pytest.mark.deep] * (seed not in IN_CI)) for seed in SEEDS])
def test_every_chunk_is_committed_once_whatever_happens(home, seed):
    name = f"random-{seed}"
    home.apply(
        home.manifest(name, {"clip": clip("cfr")}, sensitivity=("internal", "restricted")[seed % 2], maxTriesPerChunk=3)
    )
    days = RealDays(home, name, seed)

    days.live(STEPS)
    days.peace()
    home.done(name)

    assert days.check().keys() == days.planned()
    assert days.outcomes() == {"done"}
    output = home.download(home.results, f"{name}/actor/clip.mp4")
    assert [pts for pts, _ in decoded(output)] == [pts for pts, _ in decoded(clip("cfr"))]
    secrets = f"/api/v1/namespaces/{home.namespace}/secrets?labelSelector=hybridface.dev/uid"
    soon(lambda: home.plane.read(secrets)["items"], lambda left: not left)
    assert not [pod for pod in home.pods() if pod["status"].get("phase") in ("Pending", "Running")]
