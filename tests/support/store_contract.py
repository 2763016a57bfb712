"""What every ObjectStore does, as tests. An implementation's test class inherits them and gives a `recipe`."""

from __future__ import annotations

import multiprocessing
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from hybridface_worker.contract.errors import (
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreRefusedError,
)
from hybridface_worker.store.base import ObjectStore

Recipe = Callable[[], ObjectStore]
"""Opens the same place anew; can be pickled."""

ODD_KEYS = [
    "with space",
    "plus+plus",
    "per%cent%2Fslash",
    "ünï/cödé.txt",
    "日本/語.png",
    "quote'\"",
    "amp&semi;equal=",
    "hash#question?",
    "~!@(),[]{}$*",
    ".hidden",
    "deep/er/than/most/of/them",
]
BAD_KEYS = ["", "/", "/absolute", "a//b", "a/", "../up", "a/../b", "./a", "a/.", "nul\0", "\udcff"]
BIG = 12 * 2**20
ROUNDS = 12
TIMEOUT = 240


class StoreContract:
    @pytest.fixture
    def store(self, recipe: Recipe) -> ObjectStore:
        return recipe()

    def test_what_was_written_is_read(self, store):
        written = store.write("a/b", b"hello")
        assert store.read("a/b") == b"hello"
        assert store.head("a/b") == written
        assert (written.key, written.size) == ("a/b", 5)

    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_keys_are_literal(self, store, key):
        store.write(key, key.encode(), if_absent=True, metadata={"k": "v"})
        assert store.read(key) == key.encode()
        assert [info.key for info in store.list("")] == [key]
        assert [info.key for info in store.list(key)] == [key]
        store.delete(key)
        assert list(store.list("")) == []

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_what_is_no_key_is_refused(self, store, key):
        for use in (store.head, store.read, store.delete, lambda key: store.write(key, b"")):
            with pytest.raises(StoreRefusedError, match="is no key"):
                use(key)

    def test_an_object_may_be_empty(self, store, tmp_path):
        (tmp_path / "empty").touch()
        store.upload("uploaded", tmp_path / "empty")
        store.write("written", b"")
        assert [(info.key, info.size) for info in store.list("")] == [("uploaded", 0), ("written", 0)]
        assert store.read("written") == store.read("written", start=0, length=9) == b""

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [
            (0, None, b"0123456789"),
            (0, 1, b"0"),
            (3, 4, b"3456"),
            (8, 9, b"89"),
            (9, None, b"9"),
            (10, None, b""),
            (10, 1, b""),
            (99, 5, b""),
            (5, 0, b""),
        ],
    )
    def test_a_range_ends_where_the_object_ends(self, store, start, length, expected):
        etag = store.write("digits", b"0123456789").etag
        assert store.read("digits", start=start, length=length) == expected
        assert store.read("digits", start=start, length=length, if_match=etag) == expected

    @pytest.mark.parametrize("length", [None, 0, 2])
    def test_another_version_is_not_read(self, store, length):
        first = store.write("k", b"one").etag
        second = store.write("k", b"two").etag
        assert first != second
        with pytest.raises(ObjectChangedError) as raised:
            store.read("k", length=length, if_match=first)
        assert store.uri("k") in raised.value.message

    def test_what_is_absent_is_said_to_be(self, store):
        for use in (store.head, store.read, lambda key: store.read(key, start=1, length=2, if_match="e")):
            with pytest.raises(ObjectNotFoundError) as raised:
                use("folder/absent")
            assert store.uri("folder/absent") in raised.value.message
        store.delete("folder/absent")

    def test_a_prefix_is_no_object(self, store):
        store.write("folder/file", b"x")
        with pytest.raises(ObjectNotFoundError):
            store.head("folder")
        with pytest.raises(ObjectNotFoundError):
            store.read("folder")

    def test_a_write_replaces(self, store, tmp_path):
        store.write("k", b"a long first version", metadata={"version": "1"})
        store.write("k", b"second")
        assert store.read("k") == b"second"
        assert store.head("k").metadata == {}
        (tmp_path / "third").write_bytes(b"third")
        store.upload("k", tmp_path / "third", metadata={"version": "3"})
        assert store.read("k") == b"third"
        assert store.head("k").metadata == {"version": "3"}

    def test_what_is_there_is_not_replaced_by_a_write_if_absent(self, store, tmp_path):
        (tmp_path / "file").write_bytes(b"second")
        first = store.write("k", b"first", if_absent=True, metadata={"writer": "first"})
        with pytest.raises(ObjectExistsError):
            store.write("k", b"second", if_absent=True, metadata={"writer": "second"})
        with pytest.raises(ObjectExistsError):
            store.upload("k", tmp_path / "file", if_absent=True)
        assert store.read("k", if_match=first.etag) == b"first"
        assert store.head("k").metadata == {"writer": "first"}

    def test_metadata_comes_back_with_the_object(self, store):
        metadata = {"hybridface-uid": "3f0e", "hybridface-sha256": "ab" * 32, "with": "some words, and = signs"}
        assert store.write("k", b"x", if_absent=True, metadata=metadata).metadata == metadata
        assert store.head("k").metadata == metadata

    @pytest.mark.parametrize(
        "metadata", [{"Upper": "x"}, {"a_b": "x"}, {"x": "ü"}, {"x": " y"}, {"x": ""}, {"x": "\n"}]
    )
    def test_metadata_that_some_store_would_change_is_refused(self, store, metadata):
        with pytest.raises(ValueError, match="would not come back unchanged"):
            store.write("k", b"x", metadata=metadata)

    def test_a_listing_is_in_the_order_of_the_keys_bytes(self, store):
        keys = ["d-b", "d/b/c", "d/b0", "d0", "D", "é", "z", "日", "𝄞", "\uff5e"]
        for key in random.Random(7).sample(keys, len(keys)):
            store.write(key, b"")
        assert [info.key for info in store.list("")] == sorted(keys, key=str.encode)

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("d", ["d-b", "d/b", "d/c/e", "d0"]),
            ("d/", ["d/b", "d/c/e"]),
            ("d/c", ["d/c/e"]),
            ("d/b", ["d/b"]),
            ("d/b/", []),
            ("absent/", []),
            ("absent", []),
        ],
    )
    def test_a_prefix_may_end_anywhere(self, store, prefix, expected):
        for key in ("c", "d-b", "d/b", "d/c/e", "d0", "e"):
            store.write(key, b"")
        assert [info.key for info in store.list(prefix)] == expected

    def test_a_listing_says_size_and_etag(self, store):
        written = store.write("k", b"12345")
        assert [(info.size, info.etag) for info in store.list("k")] == [(5, written.etag)]

    def test_a_listing_says_when_each_object_was_written(self, store):
        before = datetime.now(UTC) - timedelta(seconds=2)
        store.write("k", b"")
        (info,) = store.list("k")
        assert info.modified is not None
        assert before <= info.modified <= datetime.now(UTC) + timedelta(seconds=2)

    @pytest.mark.parametrize(
        ("folder", "expected"),
        [("", ["d", "d-b", "e"]), ("d/", ["a", "c c", "ü"]), ("d/a/", ["2"]), ("e/", []), ("absent/", [])],
    )
    def test_folders_are_those_that_hold_an_object(self, store, folder, expected):
        for key in ("c", "d/a/1", "d/a/2/3", "d/b", "d/c c/x", "d/ü/x", "d-b/x", "e/1", "gone/1"):
            store.write(key, b"")
        store.delete("gone/1")
        assert sorted(store.list_folders(folder)) == expected

    def test_many_are_removed_at_once_and_others_stay(self, store):
        for key in (*ODD_KEYS, "stays"):
            store.write(key, b"x")
        assert store.delete_many(iter([*ODD_KEYS, "was/absent"])) == len(ODD_KEYS) + 1
        assert [info.key for info in store.list("")] == ["stays"]
        assert store.delete_many(()) == 0

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_what_is_no_key_is_refused_among_many(self, store, key):
        with pytest.raises(StoreRefusedError, match="is no key"):
            store.delete_many(["a", key])

    @pytest.mark.parametrize("folder", ["a", "/", "../", "a//", "/a/"])
    def test_what_is_no_folder_is_refused(self, store, folder):
        for use in (store.list_folders, store.abort_uploads):
            with pytest.raises(StoreRefusedError, match="is no key"):
                use(folder)

    def test_where_no_upload_was_broken_off_none_is_removed(self, store):
        store.write("a/b", b"")
        assert store.abort_uploads("a/") == store.abort_uploads("absent/") == 0
        assert store.read("a/b") == b""

    def test_a_big_file_comes_through_whole(self, store, tmp_path):
        data = random.Random(1).randbytes(BIG)
        (tmp_path / "big").write_bytes(data)
        info = store.upload("big", tmp_path / "big", if_absent=True, metadata={"a": "b"})
        assert info == store.head("big")
        assert (info.size, info.metadata) == (BIG, {"a": "b"})
        assert store.read("big", if_match=info.etag) == data

    def test_nothing_is_seen_of_a_big_file_before_it_is_whole(self, store, recipe, tmp_path):
        (tmp_path / "big").write_bytes(bytes(BIG))
        seen: set[int] = set()
        done = threading.Event()

        def look() -> None:
            watching = recipe()
            while not done.is_set():
                seen.update(info.size for info in watching.list(""))

        with ThreadPoolExecutor() as threads:
            looking = threads.submit(look)
            for _ in range(3):
                store.delete("big")
                store.upload("big", tmp_path / "big")
            done.set()
            looking.result(TIMEOUT)
        assert seen <= {BIG}

    @pytest.mark.parametrize("size", [1000, BIG // 2])
    def test_of_racing_threads_one_wins(self, recipe, tmp_path, size):
        writers = 4
        start = threading.Barrier(writers)
        for writer in range(writers):
            (tmp_path / str(writer)).write_bytes(bytes([writer]) * size)

        def upload(writer: int) -> bool:
            store = recipe()
            start.wait(TIMEOUT)
            try:
                store.upload("k", tmp_path / str(writer), if_absent=True, metadata={"writer": str(writer)})
            except ObjectExistsError:
                return False
            return True

        with ThreadPoolExecutor(writers) as threads:
            won = [writer for writer, wrote in enumerate(threads.map(upload, range(writers))) if wrote]
        assert len(won) == 1
        assert recipe().read("k") == bytes(won) * size
        assert recipe().head("k").metadata == {"writer": str(won[0])}

    def test_of_racing_processes_one_wins_each_round(self, recipe, store):
        context = multiprocessing.get_context("spawn")
        start, wins = context.Barrier(2), context.Queue()
        racers = [context.Process(target=_race, args=(recipe, name, start, wins)) for name in ("one", "two")]
        for racer in racers:
            racer.start()
        won = [win for _ in racers for win in wins.get(timeout=TIMEOUT)]
        for racer in racers:
            racer.join(TIMEOUT)
        assert sorted(key for key, _ in won) == sorted(map(str, range(ROUNDS)))
        for key, name in won:
            assert store.read(key) == name.encode()


def _race(recipe: Recipe, name: str, start: Barrier, wins: Queue[list[tuple[str, str]]]) -> None:
    store = recipe()
    won = []
    for key in map(str, range(ROUNDS)):
        start.wait(TIMEOUT)
        try:
            store.write(key, name.encode(), if_absent=True)
        except ObjectExistsError:
            continue
        won.append((key, name))
    wins.put(won)


def files_in(folder: Path) -> list[str]:
    """Every file below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
