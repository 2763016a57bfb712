"""Objects as files below a folder. A key is a path; the ETag is `size-mtime_ns-inode`.

Symbolic links are followed when reading and replaced when writing. Folders, pipes, sockets and devices are no objects.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from hybridface_worker.contract.errors import (
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreRefusedError,
)
from hybridface_worker.contract.reasons import Reason

from . import atomic
from .base import NO_METADATA, ObjectInfo, unwatched
from .folder_errors import reading, writing
from .folder_list import files_below, folders_in
from .folder_metadata import MetadataFolder
from .keys import check_folder, check_key, check_metadata, check_prefix, checked
from .removal import remove_each
from .uri import file_uri


class FolderStore:
    """An ObjectStore in a folder, which need not exist yet."""

    def __init__(self, root: Path, *, metadata: Path | None = None, alive: Callable[[], None] = unwatched) -> None:
        """Metadata of objects goes into the folder `metadata`; without one, writes may carry none.

        `alive` is called after each read, and after each piece of an upload.
        """
        self._root = root.absolute()
        self._alive = alive
        self._metadata = MetadataFolder(metadata.absolute() if metadata else None)

    def uri(self, key: str) -> str:
        """See ObjectStore."""
        return file_uri(f"{str(self._root).rstrip('/')}/{key}")

    def head(self, key: str) -> ObjectInfo:
        """See ObjectStore."""
        path = self._path(key)
        with reading(self.uri(key)):
            status = path.stat()
            self._check_file(key, status)
            return ObjectInfo(key, status.st_size, etag_of(status), self._metadata.read(path, etag_of(status)))

    def read(self, key: str, *, start: int = 0, length: int | None = None, if_match: str | None = None) -> bytes:
        """See ObjectStore."""
        path = self._path(key)
        with reading(self.uri(key)), open(path, "rb", buffering=0, opener=_without_waiting) as file:
            self._check_file(key, os.fstat(file.fileno()))
            data = _read_range(file, start, length)
            self._alive()
            # Looked at after reading, so that what was written meanwhile is seen as well.
            if if_match is not None and etag_of(os.fstat(file.fileno())) != if_match:
                raise ObjectChangedError(Reason.INPUT_CHANGED, f"{self.uri(key)} is no longer the file that it was")
            return data

    def write(
        self, key: str, data: bytes, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        """See ObjectStore."""
        return self._publish(key, lambda file: file.write(data), len(data), if_absent=if_absent, metadata=metadata)

    def upload(
        self, key: str, path: Path, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        """See ObjectStore. The file is copied, by the kernel where it can."""
        place = self._path(key)
        with path.open("rb") as source, writing(self.uri(key), place):
            atomic.remove_stale_parts(place)
            size = os.fstat(source.fileno()).st_size
            fill = partial(atomic.copy, source, alive=self._alive)
            return self._publish(key, fill, size, if_absent=if_absent, metadata=metadata)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See ObjectStore."""
        check_prefix(prefix)
        with reading(self.uri(prefix)):
            for key, status in files_below(self._root, prefix):
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                yield ObjectInfo(key, status.st_size, etag_of(status), modified=modified)

    def list_folders(self, folder: str) -> tuple[str, ...]:
        """See ObjectStore."""
        check_folder(folder)
        with reading(self.uri(folder)):
            names = [path.name for path in folders_in(self._root / folder)]
            return tuple(name for name in names if any(files_below(self._root, f"{folder}{name}/")))

    def delete(self, key: str) -> None:
        """See ObjectStore."""
        path = self._path(key)
        with writing(self.uri(key), path), suppress(FileNotFoundError, NotADirectoryError):
            etag = etag_of(path.lstat())
            path.unlink()
            self._metadata.remove(path, etag)

    def delete_many(self, keys: Iterable[str]) -> int:
        """See ObjectStore."""
        return remove_each(checked(keys), self.delete)

    def abort_uploads(self, folder: str) -> int:
        """See ObjectStore. What a living writer has in hand is left alone."""
        check_folder(folder)
        with writing(self.uri(folder), self._root / folder):
            return atomic.remove_stale_parts_below(self._root / folder)

    def _publish(
        self, key: str, fill: Callable[[BinaryIO], object], size: int, *, if_absent: bool, metadata: Mapping[str, str]
    ) -> ObjectInfo:
        check_metadata(metadata)
        path = self._path(key)
        kept = []

        def complete(status: os.stat_result) -> None:
            if status.st_size < size:  # the kernel's copying is known to end too early on some file systems
                raise OSError(errno.ENODATA, f"{status.st_size} of {size} bytes arrived")
            if metadata:
                kept.append(etag_of(status))
                self._metadata.write(path, etag_of(status), metadata)

        with writing(self.uri(key), path, size):
            replaced = _etag_at(path)
            try:
                status = atomic.publish(path, fill, if_absent=if_absent, before=complete)
            except FileExistsError:
                for etag in kept:
                    self._metadata.remove(path, etag)
                if path.is_dir():
                    raise
                raise ObjectExistsError(Reason.OUTPUT_EXISTS, f"{self.uri(key)} is there already") from None
            if replaced:
                self._metadata.remove(path, replaced)
            return ObjectInfo(key, status.st_size, etag_of(status), dict(metadata))

    def _path(self, key: str) -> Path:
        check_key(key)
        if atomic.is_part(key.rpartition("/")[2]):
            raise StoreRefusedError(Reason.BAD_TASK, f"{self.uri(key)}: such names are kept for files being written")
        return self._root / key

    def _check_file(self, key: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise ObjectNotFoundError(Reason.INPUT_NOT_FOUND, f"{self.uri(key)} is no file")


def etag_of(status: os.stat_result) -> str:
    """The ETag of a file: it changes when the file is written or another one takes its place."""
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"


def _etag_at(path: Path) -> str | None:
    try:
        return etag_of(path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return None


def _without_waiting(path: str, flags: int) -> int:
    """Opens for reading; a pipe that nobody writes into would be waited for otherwise."""
    return os.open(path, flags | os.O_NONBLOCK)


def _read_range(file: BinaryIO, start: int, length: int | None) -> bytes:
    size = os.fstat(file.fileno()).st_size
    end = size if length is None else min(start + length, size)
    pieces = []
    while start < end and (piece := os.pread(file.fileno(), end - start, start)):
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)
