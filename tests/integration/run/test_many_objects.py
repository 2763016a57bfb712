"""A job with as many objects as it may have, on a real object store: what is asked for and written down, counted."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from minio.commonconfig import SnowballObject

from hybridface_operator.catalogue import resolve_models
from hybridface_operator.planning.plan import make_plan
from hybridface_operator.planning.probing import deal_probe
from hybridface_operator.rounds.memory import JobMemory
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.storage.expand import MAX_INPUTS, expand
from hybridface_operator.storage.records import Records
from hybridface_operator.storage.survey import OutputFolder, in_the_way
from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.probe import ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.spec import Limits
from hybridface_worker.contract.task import Attempt, SwapShard, SwapTask
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.listing import PAGE
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores
from support.plans import image_info
from support.reconciling import FACE
from support.remote_jobs import JOB, WORKER
from support.runs import NO_MODELS, SOURCE, manifest

PROBES = 16
"""Shards that images are probed in; the source is another."""
INPUT_BYTES, PROBE_BYTES, PLAN_BYTES = 200, 200, 100
"""Of each object in `inputs.json`, in Probe's results and in `plan.json`, at most."""


def fill(minio, bucket, count):
    """Images that nobody reads, and a source: the server makes them of archives."""
    names = ["face.png", *(f"stills/{number // 1000:03d}/{number:06d}.jpg" for number in range(count - 1))]

    def send(some):
        objects = [SnowballObject(name, data=io.BytesIO(b"image"), length=5) for name in some]
        minio.admin.upload_snowball_objects(bucket_name=bucket, object_list=objects)

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(send, (names[start : start + PAGE] for start in range(0, count, PAGE))))


def pages(objects):
    """Requests that list so many: the last one finds less than a page."""
    return objects // PAGE + 1


class Many:
    """A job over all images of a bucket, by stores that count their requests."""

    def __init__(self, minio, inbox, work):
        document = manifest({}, Path("/"), swapper="identity")
        document["spec"]["sources"][0]["images"] = [{"uri": f"s3://{inbox}/face.png"}]
        document["spec"]["targets"] = [{"name": "stills", "uri": f"s3://{inbox}/stills/"}]
        document["spec"]["output"] = {"uri": f"s3://{work}/out/"}
        job = FaceSwapJob.model_validate(document)
        self.spec, self.models = job.spec, resolve_models(job, NO_MODELS)
        self.answers = 0
        self.stores = Stores(StoreSettings(s3=minio.settings), alive=self._answered)
        store, prefix = self.stores.resolve(f"s3://{work}/{layout.job_prefix('cluster', JOB.uid)}")
        self.area = JobArea(store, prefix)
        self._size = lambda key: store.head(f"{prefix}{key}").size

    def _answered(self):
        self.answers += 1

    def asks(self, work):
        """What it returns, and how many requests it took."""
        before = self.answers
        result = work()
        return result, self.answers - before

    def remembered(self):
        """What an operator knows that begins now."""
        memory = JobMemory(Records(self.area, JOB))
        memory.refresh()
        return memory

    def size(self, *keys):
        """Bytes of these objects of the job's own, together."""
        return sum(self._size(key) for key in keys)


def probed(inputs, number, shard):
    """What Probe says of images with nothing wrong."""
    sources = (ProbedSource(source=SOURCE, item=0, width=512, height=512, face=FACE),) if shard.sources[1] else ()
    items = (ProbedItem(target=each.target, item=each.item, media=image_info()) for each in _rows(inputs, shard))
    return ProbeResult(shard=number, sources=sources, items=tuple(items))


def _rows(inputs, shard):
    return inputs.targets[slice(*shard.targets)]


def done(chunk):
    finished = "2026-05-01T12:00:00.000Z"
    return ChunkManifest(chunk=chunk, outcome="done", attempt=1, shard=0, worker="w", finished_at=finished)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [2 * PAGE + 1, pytest.param(MAX_INPUTS, marks=pytest.mark.deep)])
def test_requests_and_bytes_follow_from_the_number_of_objects(minio, new_bucket, count):
    inbox, work = new_bucket(), new_bucket()
    fill(minio, inbox, count)
    job = Many(minio, inbox, work)

    inputs, asked = job.asks(lambda: expand(job.spec, job.stores))
    assert [each.item for each in inputs.targets] == list(range(count - 1))
    assert asked == 1 + pages(count - 1)
    assert job.area.put_absent(layout.INPUTS, inputs)
    assert job.size(layout.INPUTS) <= INPUT_BYTES * count

    probes = [probed(inputs, number, shard) for number, shard in enumerate(deal_probe(inputs, PROBES))]
    for probe in probes:
        job.area.put_absent(layout.probe_result(probe.shard), probe)
    memory, asked = job.asks(job.remembered)
    assert asked == 1 + 1 + len(probes)
    assert job.size(*(layout.probe_result(probe.shard) for probe in probes)) <= PROBE_BYTES * count
    found = [memory.probes[number] for number in sorted(memory.probes)]
    plan = make_plan(JOB, job.spec, job.models, memory.inputs, found, WORKER, Limits())
    taken, asked = job.asks(lambda: in_the_way(OutputFolder(job.stores, plan.output.uri), plan))
    assert (taken, asked) == ({}, 1)
    assert job.area.put_absent(layout.PLAN, plan)
    assert job.size(layout.PLAN) <= PLAN_BYTES * count

    chunks = tuple(plan.chunks())
    assert sum(chunk.length for chunk in chunks) == count - 1
    task = SwapTask(shards=tuple(SwapShard(chunks=(chunk,)) for chunk in chunks))
    job.area.put_absent(layout.attempt(1), Attempt(attempt=1, job=JOB, pool="private", work=task))
    *most, last = chunks
    commit(job, most)
    memory, asked = job.asks(job.remembered)
    assert memory.committed == dict.fromkeys(most, "done")
    assert asked == pages(2 + len(probes) + 1 + len(most)) + 3 + len(most)  # inputs, plan, attempt; each manifest once
    commit(job, [last])
    _, asked = job.asks(memory.refresh)
    assert asked == pages(len(chunks)) + 1 + 1  # done/, what is new in it, merged/
    assert set(memory.committed) == set(chunks)


def commit(job, chunks):
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda chunk: job.area.put_absent(layout.chunk_manifest(chunk), done(chunk)), chunks))
