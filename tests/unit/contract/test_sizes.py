"""What the documents that grow with a job's items take of memory, an item: counted, not timed."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

import pytest

from hybridface_worker.contract.document import Document
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.probe import ProbedItem, ProbeResult
from hybridface_worker.contract.task import Attempt, SwapShard, SwapTask
from support.plans import JOB, image_info, images, item, plan, video

ITEMS = 2000


def inputs() -> Inputs:
    return Inputs(sources=(), targets=tuple(item("stills", number=n, path=f"2026/{n:06d}.jpg") for n in range(ITEMS)))


def probed() -> ProbeResult:
    items = (ProbedItem(target="stills", item=number, media=image_info()) for number in range(ITEMS))
    return ProbeResult(shard=0, items=tuple(items))


def of_images() -> Plan:
    return plan(images("stills", ITEMS))


def of_chunks() -> Attempt:
    shard = SwapShard(chunks=tuple(plan(video("clip", 64 * ITEMS)).chunks()))
    return Attempt(attempt=1, job=JOB, pool="private", work=SwapTask(shards=(shard,)))


@pytest.mark.parametrize(("make", "most"), [(inputs, 650), (probed, 750), (of_images, 500), (of_chunks, 450)])
def test_an_item_takes_so_many_bytes_when_it_is_read(make: Callable[[], Document], most: int):
    document = make()
    data = document.to_bytes()
    gc.collect()
    tracemalloc.start()
    try:
        read = type(document).from_bytes(data, "here")
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == document
    assert held / ITEMS <= most
    assert peak <= 1.1 * held


def test_parts_that_were_copied_are_as_they_were_made():
    chunk = ChunkRef(source="a", target="b", unit="images", start=0, end=9)
    longer = chunk.model_copy(update={"end": 10})
    assert (longer.end, chunk.end) == (10, 9)
    assert longer == ChunkRef(source="a", target="b", unit="images", start=0, end=10)
    assert inputs().model_fields_set == set()
