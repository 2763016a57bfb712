from __future__ import annotations

from typing import cast

import pytest

from hybridface_worker.contract.document import Document, DocumentError
from hybridface_worker.contract.errors import ObjectNotFoundError, TaskError
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores


class Note(Document):
    text: str


@pytest.fixture
def area(tmp_path):
    return JobArea(FolderStore(tmp_path), "local/jobs/1/")


def test_a_document_comes_back(area, tmp_path):
    area.put("a/note.json", Note(text="x"))
    assert area.read(Note, "a/note.json") == Note(text="x")
    assert (tmp_path / "local/jobs/1/a/note.json").read_bytes() == Note(text="x").to_bytes()


def test_only_the_first_of_two_writers_writes(area):
    assert area.put_absent("k", Note(text="first"))
    assert not area.put_absent("k", Note(text="second"))
    assert not area.put_bytes_absent("k", b"third")
    assert area.read(Note, "k").text == "first"


def test_a_document_that_cannot_be_read_is_named_by_its_uri(area):
    area.put_bytes("k", b'{"version": 1}')
    with pytest.raises(DocumentError, match=rf"^{area.uri('k')}: text: Field required"):
        area.read(Note, "k")


def test_keys_are_listed_as_they_are_read(area, tmp_path):
    for key in ("done/b", "done/a", "tries/a"):
        area.put_bytes(key, b"")
    JobArea(FolderStore(tmp_path), "local/jobs/2").put_bytes("done/c", b"")
    assert list(area.list("done/")) == ["done/a", "done/b"]
    assert area.exists("done/a")
    area.delete("done/a")
    assert not area.exists("done/a")


def test_data_is_read_in_ranges(area, tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    area.upload("data", tmp_path / "file")
    with area.open("data") as reader:
        reader.seek(4)
        assert (reader.read(3), reader.size) == (b"456", 10)
    with pytest.raises(ObjectNotFoundError):
        area.open("absent")


def test_the_prefix_may_be_empty(tmp_path):
    JobArea(FolderStore(tmp_path), "").put_bytes("k", b"x")
    assert (tmp_path / "k").read_bytes() == b"x"


def test_an_objects_uri_leads_to_its_store(tmp_path):
    stores = Stores(StoreSettings(file_metadata=tmp_path / "metadata"))
    store, key = stores.resolve((tmp_path / "a b.txt").as_uri())
    store.write(key, b"x", metadata={"a": "b"})
    assert (tmp_path / "a b.txt").read_bytes() == b"x"
    assert stores.resolve(store.uri(key))[0].head(key).metadata == {"a": "b"}


def test_a_bucket_needs_a_service():
    with pytest.raises(TaskError, match="s3://inbox/x: no object store is configured; set HYBRIDFACE_S3_ENDPOINT"):
        Stores(StoreSettings()).resolve("s3://inbox/x")


def test_a_bucket_is_one_store(tmp_path):
    env = {
        "HYBRIDFACE_S3_ENDPOINT": "http://127.0.0.1:9",
        "HYBRIDFACE_S3_ACCESS_KEY": "a",
        "HYBRIDFACE_S3_SECRET_KEY": "b",
    }
    stores = Stores(StoreSettings.from_env(env))
    assert stores.resolve("s3://inbox/x")[0] is stores.resolve("s3://inbox/y/")[0]
    assert stores.resolve("s3://inbox/y/")[1] == "y/"


def test_every_store_says_that_it_gets_on(tmp_path):
    env = {
        "HYBRIDFACE_S3_ENDPOINT": "http://127.0.0.1:9",
        "HYBRIDFACE_S3_ACCESS_KEY": "a",
        "HYBRIDFACE_S3_SECRET_KEY": "b",
    }
    signs: list[str] = []
    stores = Stores(StoreSettings.from_env(env), alive=lambda: signs.append("alive"))
    store, key = stores.resolve((tmp_path / "file").as_uri())
    store.write(key, b"x")
    store.read(key)
    assert signs == ["alive"]
    bucket = cast("MinioStore", stores.resolve("s3://inbox/x")[0])
    bucket._client.call("read", "x", lambda: None)
    assert signs == ["alive"] * 2
