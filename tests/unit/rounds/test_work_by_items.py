"""Nothing that is done for a job grows faster than its items: calls are counted, at one size and at twice that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hybridface_operator.planning.plan import make_plan
from hybridface_operator.planning.settled import Settled
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.observed import Observed, Outcome
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.probe import ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.spec import Limits
from support.plans import image_info, images, inputs, item, models, plan, video
from support.reconciling import FACE, REF, job, merge, new, swap

ITEMS = 500
MOST = 2.2
"""Times the calls for twice the items."""


def calls(work: Callable[[], object]) -> int:
    """How many functions, Python's and others, are called in it."""
    count = 0

    def seen(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def planning(count: int) -> Callable[[], Plan]:
    targets = tuple(item("stills", number=number, path=f"2026/{number:06d}.jpg") for number in range(count))
    known = inputs(()).model_copy(update={"targets": targets})
    spec = job(targets=[{"name": "stills", "uri": "s3://inbox/stills/"}]).spec
    items = tuple(ProbedItem(target="stills", item=number, media=image_info()) for number in range(count))
    source = ProbedSource(source="actor", item=0, width=9, height=9, face=FACE)
    probe = ProbeResult(shard=0, sources=(source,), items=items)
    return lambda: make_plan(REF, spec, models(), known, [probe], "worker", Limits())


def planned(made: Plan) -> Observed:
    return replace(new(), plan=made, chunks=tuple(made.chunks()))


def swapping(count: int) -> Callable[[], object]:
    seen = planned(plan(video("clip", 64 * count)))
    half = seen.planned[: count // 2]
    seen = replace(seen, committed=dict.fromkeys(half, "done"), attempts=(swap(1, seen.planned[: count // 4 * 3]),))
    return lambda: advance(seen)


def merging(count: int) -> Callable[[], object]:
    seen = planned(plan(images("stills", count)))
    reports = dict.fromkeys(range(count // 2), Settled("published"))
    committed: dict[ChunkRef, Outcome] = dict.fromkeys(seen.planned, "done")
    seen = replace(seen, committed=committed, reports=reports, attempts=(merge(1, (0, count)),))
    return lambda: advance(seen)


@pytest.mark.parametrize("make", [planning, swapping, merging])
def test_twice_the_items_are_at_most_twice_the_work(make: Callable[[int], Callable[[], object]]):
    make(8)()  # what is imported or compiled once
    assert calls(make(2 * ITEMS)) <= MOST * calls(make(ITEMS))
