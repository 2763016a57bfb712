"""Lost requests, lost answers, a server that is away, uploads that were broken off."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from hybridface_worker.contract.errors import ObjectExistsError, ObjectNotFoundError, StoreError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.patience import Patience
from support.lossy import LossyPool, once
from support.minio_server import running

NO_PATIENCE = Patience(0)
PART = 5 * 2**20


@pytest.fixture
def data():
    return random.Random(5).randbytes(3 * PART + 1000)


@pytest.fixture
def big(tmp_path, data):
    (tmp_path / "big").write_bytes(data)
    return tmp_path / "big"


@pytest.fixture
def open_store(minio, bucket):
    """A store over connections that fail as they are told to, and the connections."""

    def opened(*, patience=None, **losses):
        pool = LossyPool(**losses)
        return MinioStore(minio.settings, bucket, http=pool, patience=patience), pool

    return opened


def parts_sent(pool):
    return [int(request.query["partNumber"][0]) for request in pool.requests if request.is_part()]


def is_put(request):
    return request.method == "PUT"


def completes(request):
    return request.method == "POST" and "uploadId" in request.query


def test_a_lost_request_is_sent_again(open_store):
    store, _ = open_store(lose_request=once(lambda _: True))
    store.write("k", b"x")
    assert store.read("k") == b"x"


def test_an_answer_that_breaks_off_is_asked_for_again(open_store, data):
    store, pool = open_store(lose_answer=once(lambda request: request.method == "GET"))
    store.write("k", data)
    assert store.read("k") == data
    assert [request.method for request in pool.requests] == ["PUT", "GET", "GET"]


def test_a_write_if_absent_whose_answer_was_lost_has_won(open_store):
    store, _ = open_store(lose_answer=once(is_put))
    store.write("k", b"x", if_absent=True, metadata={"a": "b"})
    assert store.head("k").metadata == {"a": "b"}


def test_a_write_if_absent_whose_answer_was_lost_has_lost_to_the_same_bytes_of_another(open_store):
    open_store()[0].write("k", b"x", if_absent=True)
    store, _ = open_store(lose_answer=once(is_put))
    with pytest.raises(ObjectExistsError):
        store.write("k", b"x", if_absent=True)


def test_only_the_part_that_was_lost_is_sent_again(open_store, big, data):
    store, pool = open_store(lose_request=once(lambda request: request.is_part(2)))
    store.upload("k", big)
    assert parts_sent(pool) == [1, 2, 2, 3, 4]
    assert store.read("k") == data


@pytest.mark.parametrize("if_absent", [False, True])
def test_an_upload_that_was_broken_off_is_taken_up(open_store, big, data, if_absent):
    broken, _ = open_store(lose_request=lambda request: request.is_part(3), patience=NO_PATIENCE)
    with pytest.raises(StoreError) as raised:
        broken.upload("k", big, if_absent=if_absent, metadata={"a": "b"})
    assert raised.value.reason == Reason.SERVICE_AWAY
    with pytest.raises(ObjectNotFoundError):
        broken.head("k")

    store, pool = open_store()
    info = store.upload("k", big, if_absent=if_absent, metadata={"a": "b"})
    assert parts_sent(pool) == [3, 4]
    assert info.metadata == {"a": "b"}
    assert store.read("k", if_match=info.etag) == data


def test_an_upload_of_other_content_is_not_taken_up(open_store, big, data, tmp_path):
    broken, _ = open_store(lose_request=lambda request: request.is_part(3), patience=NO_PATIENCE)
    with pytest.raises(StoreError):
        broken.upload("k", big)
    other = data[:PART] + b"?" + data[PART + 1 :]
    (tmp_path / "other").write_bytes(other)
    store, pool = open_store()
    store.upload("k", tmp_path / "other")
    assert parts_sent(pool) == [1, 2, 3, 4]
    assert store.read("k") == other


def test_metadata_is_that_of_the_writer_who_takes_an_upload_up(open_store, big, data):
    broken, _ = open_store(lose_request=lambda request: request.is_part(4), patience=NO_PATIENCE)
    with pytest.raises(StoreError):
        broken.upload("k", big, metadata={"writer": "first"})
    store, _ = open_store()
    assert store.upload("k", big, if_absent=True, metadata={"writer": "second"}).metadata == {"writer": "second"}
    assert store.read("k") == data


@pytest.mark.parametrize("if_absent", [False, True])
def test_an_upload_whose_last_answer_was_lost_is_done(open_store, big, data, if_absent):
    store, pool = open_store(lose_answer=once(completes))
    store.upload("k", big, if_absent=if_absent)
    assert parts_sent(pool) == [1, 2, 3, 4]
    assert store.read("k") == data


def test_of_two_uploads_if_absent_the_second_to_complete_finds_out(minio, bucket, open_store, big, data, tmp_path):
    (tmp_path / "other").write_bytes(bytes(len(data)))

    def other_completes_first(request):
        if completes(request):
            open_store()[0].upload("k", tmp_path / "other", if_absent=True)
        return False

    store, _ = open_store(lose_request=other_completes_first)
    with pytest.raises(ObjectExistsError):
        store.upload("k", big, if_absent=True)
    assert store.read("k") == bytes(len(data))
    uploads = minio.admin._list_multipart_uploads(bucket, prefix="k").uploads
    assert uploads == [], "the parts of the one that lost are gone"


def test_what_is_there_is_not_uploaded_against(open_store, big):
    store, pool = open_store()
    store.write("k", b"")
    with pytest.raises(ObjectExistsError):
        store.upload("k", big, if_absent=True)
    assert parts_sent(pool) == []


def test_a_server_that_is_away_for_a_moment_is_waited_for(tmp_path):
    with running(tmp_path) as server:
        store = MinioStore(server.settings, server.bucket("bucket"))
        store.write("k", b"x")
        server.stop()
        with ThreadPoolExecutor() as threads:
            reading = threads.submit(store.read, "k")
            server.start()
            assert reading.result(60) == b"x"


def test_a_server_that_stays_away_is_given_up(tmp_path):
    with running(tmp_path) as server:
        store = MinioStore(server.settings, server.bucket("bucket"), patience=Patience(0.5))
        server.stop()
        with pytest.raises(StoreError, match="s3://bucket/k: the object store stays away") as raised:
            store.head("k")
    assert raised.value.reason is Reason.SERVICE_AWAY


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_wrong_is_said_to_be_whatever_is_asked_for(minio, bucket, monkeypatch, minutes):
    store = MinioStore(minio.settings, bucket, patience=NO_PATIENCE)
    store.write("k", b"x")
    wrong = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("hybridface_worker.store.s3_client.utcnow", lambda: wrong)  # signs what we send
    monkeypatch.setattr("minio.time.utcnow", lambda: wrong)  # signs what minio's client sends
    for ask in (
        lambda: store.head("k"),
        lambda: store.read("k"),
        lambda: store.write("other", b"x", if_absent=True),
        lambda: list(store.list("")),
        lambda: store.list_folders(""),
        lambda: store.delete("k"),
    ):
        with pytest.raises(StoreError, match="too far from the object store's clock") as raised:
            ask()
        assert (type(raised.value), raised.value.reason) == (StoreError, Reason.SERVICE_AWAY)
