from __future__ import annotations

import io
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.errors import ObjectChangedError
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.reader import RangedReader

BLOCK = 16


class CountingStore(FolderStore):
    """Remembers what it was asked for."""

    def __init__(self, root):
        super().__init__(root)
        self.ranges: list[tuple[int, int]] = []

    def read(self, key, *, start=0, length=None, if_match=None):
        assert length is not None, "only ranges are read"
        assert if_match is not None, "every request names the version"
        self.ranges.append((start, length))
        return super().read(key, start=start, length=length, if_match=if_match)


@pytest.fixture(scope="module")
def content():
    return random.Random(3).randbytes(100 * BLOCK + 5)


@pytest.fixture(scope="module")
def open_reader(tmp_path_factory, content):
    def opened(**options) -> tuple[RangedReader, CountingStore]:
        info = store.head("k")
        store.ranges.clear()
        return RangedReader(store, "k", info.size, info.etag, **{"block": BLOCK, **options}), store

    store = CountingStore(tmp_path_factory.mktemp("reader"))
    store.write("k", content)
    return opened


steps = st.one_of(
    st.tuples(st.just("read"), st.integers(-1, 200)),
    st.tuples(st.just("seek"), st.integers(0, 2000), st.just(os.SEEK_SET)),
    st.tuples(st.just("seek"), st.integers(-1600, 0), st.just(os.SEEK_END)),
    st.tuples(st.just("tell")),
)


@given(st.lists(steps, max_size=30), st.sampled_from([1, 3 * BLOCK, 100 * BLOCK]))
def test_it_reads_like_a_file_in_memory(open_reader, content, script, cache_bytes):
    reader, _ = open_reader(cache_bytes=cache_bytes)
    memory = io.BytesIO(content)
    for name, *arguments in script:
        assert getattr(reader, name)(*arguments) == getattr(memory, name)(*arguments)


def test_nothing_is_fetched_before_it_is_asked_for(open_reader):
    reader, store = open_reader()
    reader.seek(0, os.SEEK_END)
    assert (reader.read(5), store.ranges, reader.bytes_fetched) == (b"", [], 0)


def test_a_read_here_and_there_fetches_one_block_each(open_reader):
    reader, store = open_reader()
    for start in (33 * BLOCK + 3, 5 * BLOCK, 20 * BLOCK + 1):
        reader.seek(start)
        reader.read(2)
    assert store.ranges == [(33 * BLOCK, BLOCK), (5 * BLOCK, BLOCK), (20 * BLOCK, BLOCK)]


def test_what_is_cached_is_not_fetched_again(open_reader):
    reader, store = open_reader(cache_bytes=2 * BLOCK)
    for start in (0, BLOCK, 0, BLOCK, 30 * BLOCK, BLOCK):
        reader.seek(start)
        reader.read(1)
    assert len(store.ranges) == 3
    reader.seek(0)
    reader.read(1)
    assert len(store.ranges) == 4, "the block that was used longest ago had to go"


def test_reading_on_takes_ever_fewer_requests(open_reader, content):
    reader, store = open_reader()
    while reader.read(7):
        pass
    assert reader.bytes_fetched == len(content)
    assert len(store.ranges) < 40
    assert store.ranges[-2][1] > 2 * BLOCK


@given(st.integers(0, 1500), st.integers(1, 1600))
def test_reading_on_fetches_at_most_an_eighth_in_vain(open_reader, start, length):
    reader, _ = open_reader()
    reader.seek(start)
    read = 0
    while read < length and (piece := reader.read(min(7, length - read))):
        read += len(piece)
    assert reader.bytes_fetched <= 1.125 * read + 2 * BLOCK


def test_two_places_read_in_turn_are_both_read_ahead_of(open_reader):
    reader, store = open_reader()
    for offset in range(0, 20 * BLOCK, 7):
        for start in (0, 20 * BLOCK):
            reader.seek(start + offset)
            reader.read(7)
    assert len(store.ranges) < 32


def test_another_version_is_not_read(tmp_path):
    store = FolderStore(tmp_path)
    info = store.write("k", b"first")
    store.write("k", b"other")
    with RangedReader(store, "k", info.size, info.etag) as reader, pytest.raises(ObjectChangedError):
        reader.read(1)


def test_a_closed_reader_reads_no_more(open_reader):
    reader, _ = open_reader()
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.read(1)


def test_there_is_no_place_before_the_beginning(open_reader):
    reader, _ = open_reader()
    with pytest.raises(ValueError, match="cannot seek"):
        reader.seek(-1)
