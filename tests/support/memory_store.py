"""Objects in memory: passes the contract of every store, for long random sequences. `before_write` may raise."""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from hybridface_worker.contract.errors import ObjectChangedError, ObjectExistsError, ObjectNotFoundError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.base import NO_METADATA, ObjectInfo, ObjectStore
from hybridface_worker.store.keys import check_folder, check_key, check_metadata, check_prefix, checked
from hybridface_worker.store.removal import remove_each
from hybridface_worker.store.uri import parse_uri


class _Object(NamedTuple):
    info: ObjectInfo
    data: bytes


class MemoryStore:
    """One bucket."""

    def __init__(self, bucket: str = "bucket") -> None:
        self._bucket = bucket
        self._objects: dict[str, _Object] = {}
        self._sorted: list[bytes] = []
        self._lock = threading.RLock()
        self._versions = 0
        self.before_write: Callable[[str], None] = lambda _key: None
        """Is told of every write and deletion, and may raise."""

    def uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

    def head(self, key: str) -> ObjectInfo:
        return self._found(key).info

    def read(self, key: str, *, start: int = 0, length: int | None = None, if_match: str | None = None) -> bytes:
        found = self._found(key)
        if if_match is not None and found.info.etag != if_match:
            raise ObjectChangedError(Reason.INPUT_CHANGED, f"{self.uri(key)} is no longer what it was")
        return found.data[start:] if length is None else found.data[start : start + length]

    def write(
        self, key: str, data: bytes, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        check_key(key)
        check_metadata(metadata)
        self.before_write(key)
        with self._lock:
            if if_absent and key in self._objects:
                raise ObjectExistsError(Reason.OUTPUT_EXISTS, f"{self.uri(key)} is there already")
            self._versions += 1
            etag = hashlib.md5(data, usedforsecurity=False).hexdigest() + f"-{self._versions}"
            info = ObjectInfo(key, len(data), etag, dict(metadata), datetime.now(UTC))
            if key not in self._objects:
                insort(self._sorted, key.encode())
            self._objects[key] = _Object(info, data)
            return info

    def upload(
        self, key: str, path: Path, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        return self.write(key, path.read_bytes(), if_absent=if_absent, metadata=metadata)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        with self._lock:
            found = [self._objects[key].info for key in self._keys(prefix)]
        yield from (ObjectInfo(each.key, each.size, each.etag, modified=each.modified) for each in found)

    def list_folders(self, folder: str) -> tuple[str, ...]:
        check_folder(folder)
        with self._lock:
            below = (key.removeprefix(folder) for key in self._keys(folder))
            return tuple(dict.fromkeys(rest.partition("/")[0] for rest in below if "/" in rest))

    def delete(self, key: str) -> None:
        check_key(key)
        self.before_write(key)
        with self._lock:
            if self._objects.pop(key, None) is not None:
                del self._sorted[bisect_left(self._sorted, key.encode())]

    def delete_many(self, keys: Iterable[str]) -> int:
        return remove_each(checked(keys), self.delete)

    def abort_uploads(self, folder: str) -> int:
        check_folder(folder)
        return 0

    def _found(self, key: str) -> _Object:
        check_key(key)
        with self._lock:
            found = self._objects.get(key)
        if found is None:
            raise ObjectNotFoundError(Reason.INPUT_NOT_FOUND, f"{self.uri(key)} is not there")
        return found

    def _keys(self, prefix: str) -> Iterator[str]:
        wanted = prefix.encode()
        for position in range(bisect_left(self._sorted, wanted), len(self._sorted)):
            if not self._sorted[position].startswith(wanted):
                return
            yield self._sorted[position].decode()


class MemoryStores:
    """As `Stores`, every bucket in memory."""

    def __init__(self) -> None:
        self._buckets: dict[str, MemoryStore] = {}

    def bucket(self, name: str) -> MemoryStore:
        return self._buckets.setdefault(name, MemoryStore(name))

    def resolve(self, uri: str) -> tuple[ObjectStore, str]:
        location = parse_uri(uri)
        return self.bucket(location.bucket), location.key
