"""A job's own objects: typed documents and data by the keys of `contract.layout`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from hybridface_worker.contract.document import Document, DocumentError
from hybridface_worker.contract.errors import ObjectExistsError, ObjectNotFoundError

from .base import ObjectStore
from .reader import RangedReader

D = TypeVar("D", bound=Document)


class JobArea:
    """The part of a store below a job's prefix. Keys are relative to it.

    Every method raises StoreError as ObjectStore says.
    """

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self._store = store
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def uri(self, key: str) -> str:
        """The object's URI."""
        return self._store.uri(self._prefix + key)

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        try:
            self._store.head(self._prefix + key)
        except ObjectNotFoundError:
            return False
        return True

    def read(self, model: type[D], key: str, *, most_bytes: int | None = None) -> D:
        """The document; with `most_bytes` no longer one is read, whoever wrote it.

        Raises ObjectNotFoundError, and DocumentError with the object's URI.
        """
        length = None if most_bytes is None else most_bytes + 1
        data = self._store.read(self._prefix + key, length=length)
        if most_bytes is not None and len(data) > most_bytes:
            raise DocumentError(self.uri(key), [f"has more than {most_bytes} bytes"])
        return model.from_bytes(data, self.uri(key))

    def read_bytes(self, key: str) -> bytes:
        """The whole object. Raises ObjectNotFoundError."""
        return self._store.read(self._prefix + key)

    def open(self, key: str, reader: type[RangedReader] = RangedReader) -> RangedReader:
        """The object as it stands now, to be read in ranges. Raises ObjectNotFoundError."""
        info = self._store.head(self._prefix + key)
        return reader(self._store, info.key, info.size, info.etag)

    def put(self, key: str, document: Document) -> None:
        """Writes a document, over what was there."""
        self.put_bytes(key, document.to_bytes())

    def put_absent(self, key: str, document: Document) -> bool:
        """Writes a document unless one is there; whether it was written."""
        return self.put_bytes_absent(key, document.to_bytes())

    def put_bytes(self, key: str, data: bytes) -> None:
        """Writes an object, over what was there."""
        self._store.write(self._prefix + key, data)

    def put_bytes_absent(self, key: str, data: bytes) -> bool:
        """Writes an object unless one is there; whether it was written."""
        try:
            self._store.write(self._prefix + key, data, if_absent=True)
        except ObjectExistsError:
            return False
        return True

    def upload(self, key: str, path: Path) -> None:
        """Writes an object of any size from a file, over what was there."""
        self._store.upload(self._prefix + key, path)

    def list(self, prefix: str) -> Iterator[str]:
        """Keys that begin with the prefix, in key order."""
        for info in self._store.list(self._prefix + prefix):
            yield info.key.removeprefix(self._prefix)

    def delete(self, key: str) -> None:
        """Removes the object; it being absent is no error."""
        self._store.delete(self._prefix + key)
