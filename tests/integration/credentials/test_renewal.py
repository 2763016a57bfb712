"""Credentials end while a shard is worked: new ones are taken up, and without them nothing is blamed or lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from hybridface_operator.planning.deal import deal
from hybridface_worker.contract import layout
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.task import Attempt, SwapTask
from support.clips import clip
from support.minting import MintedJob, mount
from support.processes import HOST
from support.remote_jobs import JOB, worked
from support.runs import portrait
from support.storage_gate import StorageGate
from support.waiting import soon

FRAMES, CHUNK_FRAMES = 42, 7


@pytest.fixture
def job(minio, new_bucket, new_parent, tmp_path):
    """A clip of several chunks, probed and planned, with one Swap attempt that nobody has begun; and its plan."""
    inbox, work = new_bucket(), new_bucket()
    minio.admin.fput_object(bucket_name=inbox, object_name="face.png", file_path=str(portrait()))
    minio.admin.fput_object(bucket_name=inbox, object_name="clip.mp4", file_path=str(clip("vfr", FRAMES)))
    made = MintedJob(
        minio,
        work,
        parent=new_parent(),
        folder=tmp_path,
        source=f"s3://{inbox}/face.png",
        targets={"clip": f"s3://{inbox}/clip.mp4"},
        output={"uri": f"s3://{work}/out/"},
        chunk_frames=CHUNK_FRAMES,
        swapper="identity",
    )
    assert [shard.status for shard in made.probe()] == [0]
    return made, made.plan()


@pytest.fixture
def gate(minio):
    """By it workers reach object storage."""
    made = StorageGate(HOST, minio.settings.endpoint)
    made.start()
    yield made
    made.stop()


def worked_with(gate, environment, plan, task, act):
    """A shard, by a worker that commits nothing but its first chunk before this acts."""
    first = layout.chunk_manifest(next(iter(plan.chunks())))

    def is_commit(request):
        return request.method == "PUT" and "/done/" in request.path

    def is_first(request):
        return is_commit(request) and request.path.endswith(first)

    def is_later(request):
        return is_commit(request) and not is_first(request)

    def in_the_middle():
        return hold.requests and any(request.status == HTTPStatus.OK for request in gate.seen(is_first))

    through = {**environment, "HYBRIDFACE_S3_ENDPOINT": gate.url}
    with ThreadPoolExecutor() as threads, gate.holding(is_later) as hold:
        working = threads.submit(worked, through, "swap", task, 0)
        soon(lambda: in_the_middle() or working.done(), bool)
        act()
        hold.release()
        return working.result()


def start(made, plan, number=2):
    task = SwapTask(shards=deal(plan.chunks(), 1))
    key = layout.attempt(number)
    made.area.put_absent(key, Attempt(attempt=number, job=JOB, pool="test", work=task))
    return made.area.uri(key)


def outcomes(made):
    return [made.area.read(ChunkManifest, key).outcome for key in made.area.list("done/")]


def test_a_shard_goes_through_with_credentials_that_are_renewed_in_the_middle(job, gate, new_parent, tmp_path):
    made, plan = job
    task = start(made, plan)
    environment = made.environment("swap", 2)
    second = new_parent()
    renewed = threading.Timer(2, lambda: mount(tmp_path / "swap-2", made.mint("swap", 2, second)))

    def act():
        made.parent.disable()
        renewed.start()

    shard = worked_with(gate, environment, plan, task, act)
    renewed.join()
    assert shard.status == ExitCode.DONE
    assert outcomes(made) == ["done"] * len(list(plan.chunks()))
    assert len(outcomes(made)) > 4


def test_without_new_ones_the_worker_waits_and_hands_the_work_back(job, gate, tmp_path):
    made, plan = job
    folder = tmp_path / "swap-2"
    task = start(made, plan)
    environment = {**made.environment("swap", 2), "HYBRIDFACE_SERVICE_PATIENCE_SECONDS": "3"}
    shard = worked_with(gate, environment, plan, task, made.parent.disable)
    assert shard.status == ExitCode.SERVICE_AWAY
    committed = outcomes(made)
    assert set(committed) == {"done"}
    assert 0 < len(committed) < len(list(plan.chunks()))

    made.parent.enable()
    mount(folder, made.mint("swap", 2))
    again = worked(environment, "swap", task, 0)
    assert again.status == ExitCode.DONE
    assert outcomes(made) == ["done"] * len(list(plan.chunks()))
