"""A seekable file over one version of an object, read in ranges with a cache and a little read-ahead."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from typing import TYPE_CHECKING

from hybridface_worker.contract.errors import ObjectChangedError
from hybridface_worker.contract.reasons import Reason

from .base import ObjectStore

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES = 256 * 1024
CACHE_BYTES = 32 * 2**20
_LARGEST_FETCH_BYTES = 2 * 2**20
_TRACKED_RUNS = 8
"""Sequential runs that are tracked: a demuxer reads one for each track of a poorly interleaved file."""


class RangedReader(io.RawIOBase):
    """Reads an object in blocks through an LRU cache. Not thread-safe.

    Sequential reads are read ahead of by an eighth of the run's length: no more bytes than that, or than one block, are
    fetched in vain. Every request sends the ETag.

    Reading raises StoreError as ObjectStore.read says: ObjectChangedError where the object is no longer that version.
    """

    def __init__(
        self,
        store: ObjectStore,
        key: str,
        size: int,
        etag: str,
        *,
        block: int = BLOCK_BYTES,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        super().__init__()
        self.uri = store.uri(key)
        """For messages. There is no `name`, which a decoder would try to open itself."""
        self.size = size
        self.bytes_fetched = 0
        """Bytes read from the store so far."""
        self._store = store
        self._key = key
        self._etag = etag
        self._block = block
        self._cached_blocks = max(cache_bytes // block, 1)
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        self._runs: OrderedDict[int, int] = OrderedDict()
        """Lengths in blocks of sequential runs, by the block that would continue them."""
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Moves to a position, which may be beyond the end, and returns it. Fetches nothing."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if origin + offset < 0:
            raise ValueError(f"cannot seek to {origin + offset}")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fills the buffer, as far as the object reaches."""
        if self.closed:
            raise ValueError("read of a closed file")
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view) and self._position < self.size:
            number, offset = divmod(self._position, self._block)
            piece = memoryview(self._load(number))[offset : offset + len(view) - done]
            view[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return done

    def _load(self, number: int) -> bytes:
        if number not in self._cache:
            self._fetch(number, self._ahead(number))
        self._cache.move_to_end(number)
        return self._cache[number]

    def _ahead(self, number: int) -> int:
        """How many blocks to fetch, from this one on."""
        run = self._runs.pop(number, 0)
        blocks = min(1 + run // 8, _LARGEST_FETCH_BYTES // self._block or 1, self._cached_blocks)
        count = 1
        while count < blocks and number + count not in self._cache:
            count += 1
        self._runs[number + count] = run + count
        if len(self._runs) > _TRACKED_RUNS:
            self._runs.popitem(last=False)
        return count

    def _fetch(self, number: int, count: int) -> None:
        start = number * self._block
        end = min(start + count * self._block, self.size)
        data = self._store.read(self._key, start=start, length=end - start, if_match=self._etag)
        self.bytes_fetched += len(data)
        if len(data) != end - start:
            raise ObjectChangedError(Reason.INPUT_CHANGED, f"{self.uri} is shorter than the {self.size} bytes it had")
        for offset in range(0, len(data), self._block):
            self._cache[(start + offset) // self._block] = data[offset : offset + self._block]
        for _ in range(len(self._cache) - self._cached_blocks):
            self._cache.popitem(last=False)
