"""The interface of object stores. Every implementation passes `tests/support/store_contract.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True)
class ObjectInfo:
    """An object as it stands now."""

    key: str
    size: int
    """Bytes."""
    etag: str
    """Changes when the content does: an S3 ETag, or `size-mtime_ns-inode` of a file."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = field(default=None, compare=False)
    """When it was written; only listings say so."""


PIECE_BYTES = 8 * 2**20
NO_METADATA: Mapping[str, str] = MappingProxyType({})


def unwatched() -> None:
    """The callback of a store that reports its progress to nobody."""


def read_pieces(store: ObjectStore, info: ObjectInfo) -> Iterator[bytes]:
    """One version of a large object, 8 MiB at a time. Raises as `ObjectStore.read` does."""
    for start in range(0, info.size, PIECE_BYTES):
        yield store.read(info.key, start=start, length=PIECE_BYTES, if_match=info.etag)


class ObjectStore(Protocol):
    """Objects by key: slash-separated, relative, without `..`. Writes are atomic: whole and durable, or not there.

    Metadata has lower-case names and printable ASCII values. Every method may be called from several threads.

    All methods raise `StoreError` when the service stays unavailable, and `StoreRefusedError` when it refuses
    (permission, no space).
    """

    def uri(self, key: str) -> str:
        """The object's URI, for messages and documents."""
        ...

    def head(self, key: str) -> ObjectInfo:
        """The object without its content. Raises ObjectNotFoundError."""
        ...

    def read(self, key: str, *, start: int = 0, length: int | None = None, if_match: str | None = None) -> bytes:
        """Bytes `[start, start + length)`, fewer where the object ends before; None reads to the end.

        Raises ObjectNotFoundError, and ObjectChangedError where the ETag is not `if_match`.
        """
        ...

    def write(
        self, key: str, data: bytes, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        """Writes a small object. Raises ObjectExistsError with `if_absent`, where there is one."""
        ...

    def upload(
        self, key: str, path: Path, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        """Writes an object of any size from a file, in parts that are retried one by one.

        Raises ObjectExistsError with `if_absent`, where there is one.
        """
        ...

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects whose keys begin with the prefix, in key order (by UTF-8 bytes). Metadata is left out."""
        ...

    def list_folders(self, folder: str) -> tuple[str, ...]:
        """Names of the folders directly below one that hold any object; it ends in `/`, or is empty."""
        ...

    def delete(self, key: str) -> None:
        """Removes the object; it being absent is no error."""
        ...

    def delete_many(self, keys: Iterable[str]) -> int:
        """Removes objects, as many with one request as the service takes; their being absent is no error.

        Returns how many keys there were. What cannot be removed keeps nothing else from being: a StoreRefusedError
        tells of it at the end.
        """
        ...

    def abort_uploads(self, folder: str) -> int:
        """Removes what interrupted uploads have left below a folder that nobody writes into any more.

        Returns how many it found. Some services no longer list all of them, and remove the rest themselves.
        """
        ...
