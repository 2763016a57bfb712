"""What an operator keeps of a job with very many items, and what it asks of storage for them: counted, not timed."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from typing import Any

import pytest

from hybridface_operator.planning.plan import make_plan
from hybridface_operator.rounds.memory import JobMemory
from hybridface_operator.storage.records import Records
from hybridface_operator.storage.survey import OutputFolder, in_the_way
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import OutputReport
from hybridface_worker.contract.probe import ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.spec import Limits
from hybridface_worker.contract.task import Attempt, MergeShard, MergeTask
from hybridface_worker.store.job_area import JobArea
from support.memory_store import MemoryStore, MemoryStores
from support.plans import image_info, inputs, item, models, plan, video
from support.plans import images as images_of
from support.reconciling import FACE, REF, job

ITEMS = 2000
KEPT = 1024
"""Bytes an image that is planned, worked and reported on may take."""
PLANNED = 2560
"""Bytes an image may take, at the highest, until its plan is frozen."""


class CountingStore(MemoryStore):
    """Counts requests, and hands out objects that nobody holds before."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def head(self, key: str) -> Any:
        self.asked["head"] += 1
        return super().head(key)

    def list(self, prefix: str) -> Any:
        self.asked["list"] += 1
        return super().list(prefix)


def stills() -> Inputs:
    targets = tuple(item("stills", number=number, path=f"2026/{number:06d}.jpg") for number in range(ITEMS))
    return inputs(()).model_copy(update={"targets": targets})


def report(source: str, output: Any) -> OutputReport:
    return OutputReport(
        job=REF,
        source=source,
        target=output.target,
        item=output.item,
        uri=f"s3://results/{source}/{output.path}",
        outcome="published",
        published="merged",
        sha256="ab" * 32,
        sheet=f"s3://results/_hybridface/{output.path}.sheet.png",
    )


def test_of_a_job_that_is_worked_little_is_kept_of_each_item():
    store = MemoryStore()
    area = JobArea(store, "job")
    made = plan(images_of("stills", ITEMS))
    area.put(layout.INPUTS, stills())
    area.put(layout.PLAN, made)
    area.put(
        layout.attempt(1),
        Attempt(attempt=1, job=REF, pool="a", work=MergeTask(shards=(MergeShard(outputs=(0, ITEMS)),))),
    )
    for source, output in made.published():
        area.put(layout.output_report(source, output.target, output.item), report(source, output))
    del made
    gc.collect()
    tracemalloc.start()
    try:
        memory = JobMemory(Records(area, REF))
        memory.refresh()
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(memory.reports) == ITEMS
    assert held / ITEMS <= KEPT


def test_what_only_planning_needs_is_let_go_of():
    area = JobArea(MemoryStore(), "job")
    memory = JobMemory(Records(area, REF))
    memory.take_inputs(stills())
    memory.probes[0] = ProbeResult(shard=0)
    memory.take_plan(plan(images_of("stills", ITEMS)))
    assert (memory.inputs, memory.probes) == (None, {})
    assert memory.reads == (frozenset({"arn:aws:s3:::faces/actor.png"}), frozenset({"arn:aws:s3:::inbox/stills/*"}))


def test_a_plan_of_very_many_items_is_made_within_so_many_bytes_an_item():
    found = inputs(("clip",)).model_copy(update={"targets": stills().targets}).to_bytes()
    spec = job(targets=[{"name": "stills", "uri": "s3://inbox/stills/"}]).spec
    items = tuple(ProbedItem(target="stills", item=number, media=image_info()) for number in range(ITEMS))
    sources = (ProbedSource(source="actor", item=0, width=9, height=9, face=FACE),)
    probed = ProbeResult(shard=0, sources=sources, items=items).to_bytes()
    del items
    gc.collect()
    tracemalloc.start()
    try:
        known, probe = Inputs.from_bytes(found, "inputs"), ProbeResult.from_bytes(probed, "probe")
        made = make_plan(REF, spec, models(), known, [probe], "worker", Limits())
        made.to_bytes()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert made.published_count == ITEMS
    assert peak / ITEMS <= PLANNED


@pytest.mark.parametrize("taken", [0, 3])
def test_places_of_very_many_outputs_are_listed_and_only_what_stands_there_is_asked_for(taken):
    stores: Any = MemoryStores()
    bucket = stores._buckets["results"] = CountingStore()
    made = plan(images_of("stills", ITEMS), video("clip", 64), sources=("a", "b"))
    for output in made.outputs[:taken]:
        bucket.write(f"b/{output.path}", b"somebody else's")
    bucket.write("b/stills/of-nobody.png", b"")
    found = in_the_way(OutputFolder(stores, "s3://results/"), made)
    assert sorted(found) == list(range(len(made.outputs), len(made.outputs) + taken))
    assert bucket.asked == {"list": 2, "head": taken + 2}
