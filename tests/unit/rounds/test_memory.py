"""What is known of a job's storage: read once, and again by a new operator."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from hybridface_operator.rounds.memory import MOST_BYTES, JobMemory
from hybridface_operator.storage.records import Records
from hybridface_worker.contract import layout
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import StoreError
from hybridface_worker.contract.manifest import ChunkManifest, TryMarker, Usage
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.job_area import JobArea
from support.memory_store import MemoryStore
from support.plans import inputs
from support.reconciling import CHUNKS, PLAN, REF, died, end, found, probing, reports, swap, written_reports


class CountingStore(MemoryStore):
    """Knows what was read, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.longest = 0
        self.away = False

    def read(self, key: str, **options: Any) -> bytes:
        if self.away:
            raise StoreError(Reason.SERVICE_AWAY, "storage is away")
        self.reads.append(key.removeprefix("job/"))
        data = super().read(key, **options)
        self.longest = max(self.longest, len(data))
        return data


@pytest.fixture
def store():
    return CountingStore()


@pytest.fixture
def area(store):
    return JobArea(store, "job")


@pytest.fixture
def memory(area):
    return JobMemory(Records(area, REF))


def manifest(chunk: ChunkRef, outcome: str = "done", worker: str = "w") -> ChunkManifest:
    finding = Finding(reason=Reason.DECODE_ERROR, message="bad") if outcome == "failed" else None
    at = "2026-11-01T12:00:00Z"
    fields = {"chunk": chunk, "outcome": outcome, "finding": finding, "attempt": 1, "shard": 0, "worker": worker}
    return ChunkManifest.model_validate({**fields, "finished_at": at})


def planned(area: JobArea) -> None:
    """Inputs, plan, and an attempt that works it."""
    area.put(layout.INPUTS, inputs(("clip",)))
    area.put(layout.PLAN, PLAN)
    area.put(layout.attempt(1), swap(1).document)


def commit(area: JobArea, *chunks: ChunkRef, outcome: str = "done") -> None:
    for chunk in chunks:
        area.put(layout.chunk_manifest(chunk), manifest(chunk, outcome))


def mark(area: JobArea, chunk: ChunkRef, worker: str, attempt: int = 1) -> None:
    marker = TryMarker(chunk=chunk, attempt=attempt, number=1, worker=worker)
    area.put(layout.try_marker(attempt, chunk, 1), marker)


def test_of_a_new_job_nothing_is_known(memory):
    memory.refresh()
    assert (memory.inputs, memory.plan, memory.attempts, memory.decisions) == (None, None, {}, 0)


def test_a_new_operator_finds_everything_again(memory, area):
    planned(area)
    area.put(layout.attempt_end(1), end(1))
    area.put(layout.worker_exit(died(1).worker), died(1))
    area.put(layout.decision(12), end(1))
    commit(area, CHUNKS[0])
    commit(area, CHUNKS[1], outcome="failed")
    memory.refresh()
    assert memory.committed == {CHUNKS[0]: "done", CHUNKS[1]: "failed"}
    assert (set(memory.attempts), set(memory.ends), set(memory.exits)) == ({1}, {1}, {died(1).worker})
    assert (memory.decisions, memory.committed_by) == (12, {1: 64})


def test_each_object_is_read_once(memory, area, store):
    planned(area)
    commit(area, *CHUNKS[:2])
    memory.refresh()
    store.reads.clear()
    memory.refresh()
    assert store.reads == []
    commit(area, CHUNKS[2])
    memory.refresh()
    assert store.reads == [layout.chunk_manifest(CHUNKS[2])]


def test_what_chunks_took_is_summed_over_all_and_handed_out_once(memory, area):
    planned(area)
    took = Usage(elapsed=3000, device_busy=1500)
    for chunk in CHUNKS[:2]:
        done = manifest(chunk, "done").model_copy(update={"usage": took, "seconds": Fraction(1001, 30000)})
        area.put(layout.chunk_manifest(chunk), done)
    memory.refresh()
    assert {fresh.chunk for fresh in memory.take_fresh()} == set(CHUNKS[:2])
    assert memory.take_fresh() == []
    late = {"usage": took.model_copy(update={"device_busy": 3000.0}), "seconds": Fraction(5)}
    area.put(layout.chunk_manifest(CHUNKS[2]), manifest(CHUNKS[2], "failed").model_copy(update=late))
    memory.refresh()
    assert [fresh.chunk for fresh in memory.take_fresh()] == [CHUNKS[2]]
    assert (memory.busy.elapsed_ms, memory.busy.device_ms, memory.busy.percent) == (9000, 6000, 67)
    assert memory.video_seconds == Fraction(2002, 30000)


def test_probes_are_read_until_there_is_a_plan(memory, area):
    area.put(layout.INPUTS, inputs(("a", "b", "c")))
    for shard, result in found(probing(), (0, 3)).items():
        area.put(layout.probe_result(shard), result)
    area.put_bytes(layout.frame_index("a", 0), b"no document")
    memory.refresh()
    assert set(memory.probes) == {0, 1}


@pytest.mark.parametrize("key", ["probe/x.json", "probe/-00001.json", "probe/7.json", "probe/000008.json"])
def test_a_result_of_a_shard_that_there_cannot_be_is_not_read(memory, area, store, key):
    area.put(layout.INPUTS, inputs(("a", "b", "c")))
    area.put_bytes(key, b"no document")
    area.put(layout.probe_result(0), found(probing(), (0, 3))[0])
    memory.refresh()
    assert set(memory.probes) == {0}
    assert key not in store.reads


@pytest.mark.parametrize(
    ("key", "most"),
    [(layout.probe_result(0), 2**20 + 2 * 8 * 2**10), (layout.chunk_manifest(CHUNKS[0]), MOST_BYTES)],
    ids=["probe", "manifest"],
)
def test_of_what_a_worker_wrote_no_more_is_read_than_it_may_have_to_say(memory, area, store, key, most):
    if "done/" in key:
        planned(area)
    area.put(layout.INPUTS, inputs(("clip",)))
    area.put_bytes(key, b" " * (most + 2))
    with pytest.raises(DocumentError, match=f"more than {most} bytes"):
        memory.refresh()
    assert store.longest == most + 1


def test_tries_are_those_of_workers_whose_end_counts(memory, area, store):
    planned(area)
    for number, worker in enumerate(("w-1-0-0", "alive"), 1):
        mark(area, CHUNKS[0], worker, number)
    mark(area, CHUNKS[1], "w-1-0-0")
    commit(area, CHUNKS[1])
    memory.refresh()
    assert memory.tries == {}
    memory.exits[died(1).worker] = died(1)
    memory.refresh()
    assert memory.tries == {CHUNKS[0]: (died(1),)}
    store.reads.clear()
    memory.refresh()
    assert store.reads == []


def test_a_chunk_that_is_committed_has_no_tries_any_more(memory, area):
    planned(area)
    mark(area, CHUNKS[0], died(1).worker)
    memory.exits[died(1).worker] = died(1)
    memory.refresh()
    commit(area, CHUNKS[0])
    memory.refresh()
    assert memory.tries == {}


def test_reports_are_read_as_they_come(memory, area):
    planned(area)
    memory.refresh()
    for (source, output), report in written_reports().items():
        area.put(layout.output_report(source, output.target, output.item), report)
    memory.refresh()
    assert memory.reports == reports()


def test_storage_that_is_away_is_read_when_it_is_back(memory, area, store):
    planned(area)
    commit(area, *CHUNKS)
    store.away = True
    with pytest.raises(StoreError):
        memory.refresh()
    store.away = False
    memory.refresh()
    assert len(memory.committed) == 4
    assert memory.reads == (frozenset({"arn:aws:s3:::faces/actor.png"}), frozenset({"arn:aws:s3:::inbox/clip/x.mp4"}))
