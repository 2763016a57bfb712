"""Credentials end while a shard is worked: new ones are taken up, and without them nothing is blamed or lost."""

from __future__ import annotations

import threading

import pytest

from hybridface_operator.planning.deal import deal
from hybridface_worker.contract import layout
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.task import Attempt, SwapTask
from support.clips import clip
from support.minting import MintedJob, mount
from support.remote_jobs import JOB, worked
from support.runs import portrait

FRAMES = 400


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
        swapper="identity",
    )
    assert [shard.status for shard in made.probe()] == [0]
    return made, made.plan()


def first_commit_then(act):
    """Told every event of a worker: once, when its first chunk is committed, it acts."""
    left = [True]

    def told(event):
        if event["event"] == "chunk.committed" and left:
            left.clear()
            act()

    return told


def start(made, plan, number=2):
    task = SwapTask(shards=deal(plan.chunks(), 1))
    key = layout.attempt(number)
    made.area.put_absent(key, Attempt(attempt=number, job=JOB, pool="test", work=task))
    return made.area.uri(key)


def outcomes(made):
    return [made.area.read(ChunkManifest, key).outcome for key in made.area.list("done/")]


def test_a_shard_goes_through_with_credentials_that_are_renewed_in_the_middle(job, new_parent, tmp_path):
    made, plan = job
    task = start(made, plan)
    environment = made.environment("swap", 2)
    second = new_parent()
    renewed = threading.Timer(2, lambda: mount(tmp_path / "swap-2", made.mint("swap", 2, second)))

    def act():
        made.parent.disable()
        renewed.start()

    shard = worked(environment, "swap", task, 0, on_event=first_commit_then(act))
    renewed.join()
    assert shard.status == ExitCode.DONE
    assert outcomes(made) == ["done"] * len(list(plan.chunks()))
    assert len(outcomes(made)) > 4


def test_without_new_ones_the_worker_waits_and_hands_the_work_back(job, tmp_path):
    made, plan = job
    folder = tmp_path / "swap-2"
    task = start(made, plan)
    environment = {**made.environment("swap", 2), "HYBRIDFACE_SERVICE_PATIENCE_SECONDS": "3"}
    shard = worked(environment, "swap", task, 0, on_event=first_commit_then(made.parent.disable))
    assert shard.status == ExitCode.SERVICE_AWAY
    committed = outcomes(made)
    assert set(committed) == {"done"}
    assert 0 < len(committed) < len(list(plan.chunks()))

    made.parent.enable()
    mount(folder, made.mint("swap", 2))
    again = worked(environment, "swap", task, 0)
    assert again.status == ExitCode.DONE
    assert outcomes(made) == ["done"] * len(list(plan.chunks()))
