"""Credentials that were taken back are told from a right that was never given, and waited with as with stale ones."""

from __future__ import annotations

import io
from typing import cast

import pytest
import urllib3

from hybridface_worker.contract.errors import StoreError, StoreRefusedError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.patience import Patience
from hybridface_worker.store.settings import S3Settings, StoreSettings
from hybridface_worker.store.stores import Stores
from hybridface_worker.store.witness import Witness

DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>"


class Rights(urllib3.PoolManager):
    """Answers by whether the key of a request is allowed, as a service does that gives no reasons."""

    def __init__(self, *allowed):
        super().__init__()
        self.allowed = set(allowed)
        self.asked = []

    def urlopen(self, method, url, redirect=True, **kw):  # type: ignore[override]  # as PoolManager itself
        key = url.rpartition("/")[2]
        self.asked.append((method, key))
        if key in self.allowed:
            headers = {"etag": '"e"', "content-length": "1"}
            return urllib3.HTTPResponse(status=200, body=io.BytesIO(b"x"), headers=headers, preload_content=False)
        headers = {"content-type": "application/xml", "x-minio-error-code": "AccessDenied"}
        return urllib3.HTTPResponse(status=403, body=b"" if method == "HEAD" else DENIED, headers=headers)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "access-key").write_text("a")
    (tmp_path / "secret-key").write_text("s")
    return tmp_path


def opened(folder, rights, *, sleep=lambda _: None, seconds=0.0, **more):
    settings = S3Settings(endpoint="minio:9000", secure=False, credentials_dir=folder)
    patience = Patience(seconds, sleep=sleep, chance=lambda: 0.0)
    return MinioStore(settings, "bucket", http=rights, patience=patience, **more)


def test_what_was_never_allowed_is_refused_at_once(folder):
    rights = Rights("mine")
    store = opened(folder, rights, seconds=60, sleep=lambda _: pytest.fail("waits"))
    assert store.read("mine") == b"x"
    with pytest.raises(StoreRefusedError, match="AccessDenied"):
        store.write("theirs", b"x")
    assert rights.asked == [("GET", "mine"), ("PUT", "theirs"), ("HEAD", "mine")]


def test_where_nothing_could_be_read_yet_a_refusal_is_one(folder):
    with pytest.raises(StoreRefusedError):
        opened(folder, Rights()).read("mine")


@pytest.mark.parametrize("look", ["head", "read"])
def test_once_everything_is_denied_new_credentials_are_waited_for(folder, look):
    rights = Rights("mine", "other")
    store = opened(folder, rights, seconds=60, sleep=lambda _: rights.allowed.update({"mine", "other"}))
    getattr(store, look)("mine")
    rights.allowed.clear()
    assert store.read("other") == b"x"


def test_what_is_denied_while_credentials_are_renewed_is_asked_for_again_with_the_new_ones(folder):
    class RenewedMeanwhile(Rights):
        def urlopen(self, method, url, redirect=True, **kw):  # type: ignore[override]  # as PoolManager itself
            answer = super().urlopen(method, url, redirect, **kw)
            if method == "PUT" and "other" not in self.allowed:
                (folder / "access-key").write_text("renewed")
                self.allowed.add("other")
            return answer

    rights = RenewedMeanwhile("mine")
    store = opened(folder, rights, seconds=60)
    store.read("mine")
    store.write("other", b"x")
    assert rights.asked == [("GET", "mine"), ("PUT", "other"), ("PUT", "other")]


def test_where_none_come_the_service_is_away_and_no_input_is_to_blame(folder):
    rights = Rights("mine")
    store = opened(folder, rights)
    store.read("mine")
    rights.allowed.clear()
    with pytest.raises(StoreError, match="credentials that were good") as raised:
        store.read("mine")
    assert not isinstance(raised.value, StoreRefusedError)
    assert raised.value.reason is Reason.SERVICE_AWAY


def test_what_was_read_in_one_bucket_bears_witness_in_another(folder):
    rights, witness = Rights("mine"), Witness()
    opened(folder, rights, witness=witness).read("mine")
    rights.allowed.clear()
    with pytest.raises(StoreError, match="credentials that were good"):
        opened(folder, rights, witness=witness).read("never-read-before")


def test_the_stores_of_a_process_share_theirs(folder):
    stores = Stores(StoreSettings(s3=S3Settings(endpoint="minio:9000", credentials_dir=folder)))
    found = [cast("MinioStore", stores.resolve(f"s3://{bucket}/key")[0]) for bucket in ("inbox", "work")]
    assert len({store._client._witness for store in found}) == 1


def test_credentials_that_nobody_renews_are_not_waited_with():
    rights = Rights("mine")
    settings = S3Settings(endpoint="minio:9000", secure=False, access_key="a", secret_key="s")
    store = MinioStore(settings, "bucket", http=rights, patience=Patience(60, sleep=lambda _: pytest.fail("waits")))
    store.read("mine")
    rights.allowed.clear()
    with pytest.raises(StoreRefusedError):
        store.read("mine")
