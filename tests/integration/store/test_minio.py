"""The store over a real MinIO server: the contract, and what only an object store does."""

from __future__ import annotations

import io
from functools import partial

import pytest

from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.s3_client import S3Client
from hybridface_worker.store.uploads import list_uploads
from support.store_contract import StoreContract


@pytest.fixture
def store(minio, bucket):
    return MinioStore(minio.settings, bucket)


class TestMinioStore(StoreContract):
    @pytest.fixture
    def recipe(self, minio, bucket):
        return partial(MinioStore, minio.settings, bucket)


def test_a_listing_may_take_several_answers(minio, bucket, store):
    keys = [f"k/{number:05d}" for number in range(1003)]
    minio.fill(bucket, reversed(keys))
    assert [info.key for info in store.list("k/")] == keys


def test_many_are_removed_a_thousand_with_each_request(minio, bucket):
    keys = [f"k/{number:05d}" for number in range(2001)]
    answered = []
    store = MinioStore(minio.settings, bucket, alive=lambda: answered.append(1))
    minio.fill(bucket, keys)
    assert store.delete_many(keys) == len(keys)
    assert len(answered) == 3
    assert list(store.list("")) == []


def test_names_that_a_list_of_many_cannot_hold_are_removed_too(store):
    keys = ["plain", "with\ta tab", "with\x01control"]
    for key in keys:
        store.write(key, b"")
    assert store.delete_many(keys) == 3
    assert list(store.list("")) == []


def test_folder_markers_are_no_objects(minio, bucket, store):
    minio.admin.put_object(bucket_name=bucket, object_name="folder/", data=io.BytesIO(), length=0)
    store.write("folder/file", b"")
    assert [info.key for info in store.list("")] == ["folder/file"]


def test_a_bucket_that_is_not_there_is_said_to_be(minio):
    store = MinioStore(minio.settings, "no-such-bucket")
    with pytest.raises(StoreRefusedError, match="NoSuchBucket") as raised:
        store.write("k", b"")
    assert raised.value.reason == Reason.OUTPUT_NOT_WRITABLE


def test_a_job_lives_in_a_bucket(store, tmp_path):
    area = JobArea(store, "cluster/jobs/1")
    (tmp_path / "data").write_bytes(b"0123456789")
    area.upload("chunks/a", tmp_path / "data")
    assert list(area.list("chunks/")) == ["chunks/a"]
    with area.open("chunks/a") as reader:
        reader.seek(7)
        assert reader.read() == b"789"


def test_uploads_that_were_broken_off_below_a_folder_are_aborted(minio, bucket, store):
    client = S3Client(minio.settings, bucket)
    for key in ("jobs/1/chunks/a", "jobs/1/chunks/b", "jobs/11/a"):
        client.send("POST", key, query={"uploads": ""})
    assert store.abort_uploads("jobs/1/") == 2
    assert [upload.key for upload in list_uploads(client, "")] == ["jobs/11/a"]


def test_of_many_open_uploads_none_is_overlooked(minio, bucket, monkeypatch):
    client = S3Client(minio.settings, bucket)
    ids = {client.send("POST", "k", query={"uploads": ""}).data for _ in range(5)}
    monkeypatch.setattr("hybridface_worker.store.uploads._PAGE", 2)
    assert len({upload.upload_id for upload in list_uploads(client, "k")}) == len(ids) == 5
