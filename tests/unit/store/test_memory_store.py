"""The model of a store that simulations run on is a store like every other."""

from __future__ import annotations

import pytest

from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.contract.reasons import Reason
from support.memory_store import MemoryStore, MemoryStores
from support.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    test_of_racing_processes_one_wins_each_round = None  # type: ignore[assignment]  # no two processes share a memory

    @pytest.fixture
    def recipe(self):
        store = MemoryStore()
        return lambda: store


def test_a_bucket_is_the_same_one_each_time():
    stores = MemoryStores()
    store, key = stores.resolve("s3://work/a/b")
    store.write(key, b"x")
    assert stores.resolve("s3://work/a/")[0].read("a/b") == b"x"
    assert list(stores.bucket("other").list("")) == []


def test_a_write_that_is_refused_leaves_nothing():
    store = MemoryStore()

    def refuse(key: str) -> None:
        raise RuntimeError(key)

    store.before_write = refuse
    with pytest.raises(RuntimeError, match="k"):
        store.write("k", b"x")
    assert list(store.list("")) == []


def test_of_many_that_are_removed_one_that_is_refused_keeps_no_other():
    store = MemoryStore()
    for key in "abc":
        store.write(key, b"x")

    def refuse(key: str) -> None:
        if key == "b":
            raise StoreRefusedError(Reason.OUTPUT_NOT_WRITABLE, "b is kept")

    store.before_write = refuse
    with pytest.raises(StoreRefusedError, match="1 objects cannot be removed: b is kept"):
        store.delete_many("abc")
    assert [info.key for info in store.list("")] == ["b"]
