"""Sweeping a real bucket: all of a job goes, and nothing else."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from hybridface_operator.aftermath.sweep import Sweeper
from hybridface_operator.rounds.metrics import Metrics
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.s3_client import S3Client
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores
from hybridface_worker.store.uploads import list_uploads
from support.fake_api import FakeApi
from support.finished import LATER, NAMESPACE, finished, mirrored

OTHERS = ["c1/jobs.json", "c1/results/clip.mp4", "c2/jobs/{uid}/inputs.json", "results/clip.mp4"]


@pytest.fixture
def api():
    return FakeApi(NAMESPACE)


@pytest.fixture
def store(minio, bucket):
    return MinioStore(minio.settings, bucket)


@pytest.fixture
def sweeper(api, minio, bucket):
    stores = Stores(StoreSettings(s3=minio.settings))
    return lambda: Sweeper(api, stores, mirrored(api), Metrics(), work_uri=f"s3://{bucket}/c1/", instance="operator-0")


def keys(store):
    return {info.key for info in store.list("")}


def fill(store, uid):
    for number in range(3):
        store.write(f"c1/jobs/{uid}/chunks/{number}", b"x")


def test_a_finished_job_leaves_nothing_behind_and_everything_else_alone(api, minio, bucket, store, sweeper):
    uid, other = finished(api, "a"), finished(api, "b", condition="Reconciling")
    others = {key.format(uid=uid) for key in OTHERS} | {f"c1/jobs/{uid}0/inputs.json"}
    for key in others:
        store.write(key, b"x")
    minio.fill(bucket, [f"c1/jobs/{uid}/chunks/{number}" for number in range(1003)])  # more than one answer lists
    fill(store, other)
    before = keys(store)
    assert len(before) == len(others) + 1006
    client = S3Client(minio.settings, bucket)
    for owner in (uid, other):
        client.send("POST", f"c1/jobs/{owner}/chunks/open", query={"uploads": ""})
    assert asyncio.run(sweeper().sweep_finished(LATER)) == 1
    assert keys(store) == {key for key in before if f"c1/jobs/{uid}/" not in key}
    assert [upload.key for upload in list_uploads(client, "")] == [f"c1/jobs/{other}/chunks/open"]


def test_an_orphan_goes_once_it_is_old(api, store, sweeper):
    there, gone = finished(api, "a"), str(uuid.uuid4())
    for uid in (there, gone):
        fill(store, uid)
    now = datetime.now(UTC)
    assert asyncio.run(sweeper().sweep_orphans(now)) == 0
    assert asyncio.run(sweeper().sweep_orphans(now + timedelta(hours=2))) == 1
    assert {key.split("/")[2] for key in keys(store)} == {there}


def test_what_a_bucket_with_versions_keeps_is_not_swept_again_and_again(api, minio, bucket, store, sweeper):
    minio.admin.set_bucket_versioning(bucket_name=bucket, config=VersioningConfig(ENABLED))
    finished(api, "a")
    fill(store, str(uuid.uuid4()))
    later = datetime.now(UTC) + timedelta(hours=2)
    assert asyncio.run(sweeper().sweep_orphans(later)) == 1
    assert len(store.list_folders("c1/jobs/")) == 1
    assert asyncio.run(sweeper().sweep_orphans(later)) == 0
