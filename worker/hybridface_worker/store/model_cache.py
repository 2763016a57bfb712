"""The folder of model files, named by their digests. Processes of one trust zone share it; it knows no task."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from hybridface_worker.contract.errors import LacksPlanError, ObjectNotFoundError, TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef

from . import atomic
from .base import PIECE_BYTES, read_pieces
from .folder_errors import writing
from .stores import Stores
from .uri import file_uri

_CLOSED_TO_US = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR})


@dataclass(frozen=True)
class Cached:
    """A model's file whose digest was checked."""

    path: Path
    size_bytes: int
    fetched_bytes: int
    """Of those, downloaded now; 0 where the file was cached."""


class ModelCache:
    """Files `<folder>/<sha256>`: complete and verified, or missing."""

    def __init__(self, folder: Path | None, stores: Stores, alive: Callable[[], None]) -> None:
        """`folder`: None where no model is a file; `alive` is called after each piece that was read."""
        self._folder = folder
        self._stores = stores
        self._alive = alive

    def provide(self, model: ModelRef) -> Cached | None:
        """The model's file, downloaded if it is missing or damaged; None for a built-in model, which has none.

        Raises:
            TaskError: there is no file at the model's URI, or one with another digest; or there is no folder.
            LacksPlanError: the file is missing, and the folder is not writable.
            StoreError: storage is unavailable, refuses, or is full.
        """
        if model.uri is None or model.sha256 is None:
            return None
        if self._folder is None:
            raise TaskError(Reason.BAD_TASK, "where do models go? set HYBRIDFACE_MODEL_CACHE to a folder")
        path = self._folder / model.sha256
        if self._digest(path) == model.sha256:
            return Cached(path, path.stat().st_size, fetched_bytes=0)
        with writing(file_uri(str(path)), path), _closed_folders(model.name, self._folder):
            atomic.remove_stale_parts(path)
            status = atomic.publish(path, partial(self._download, model))
        return Cached(path, status.st_size, fetched_bytes=status.st_size)

    def _digest(self, path: Path) -> str | None:
        """Of a file; None where it is missing or unreadable."""
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    digest.update(piece)
                    self._alive()
        except OSError:
            return None
        return digest.hexdigest()

    def _download(self, model: ModelRef, file: BinaryIO) -> None:
        """Writes the object to the file. Raises where its digest is another."""
        digest = hashlib.sha256()
        uri = str(model.uri)
        try:
            store, key = self._stores.resolve(uri)
            for piece in read_pieces(store, store.head(key)):
                digest.update(piece)
                file.write(piece)
                self._alive()
        except ObjectNotFoundError as error:
            raise TaskError(
                Reason.MODEL_NOT_FOUND, f"{model.kind} {model.name}: {uri} is not there; correct the model catalogue"
            ) from error
        if digest.hexdigest() != model.sha256:
            raise TaskError(
                Reason.MODEL_MISMATCH,
                f"{model.kind} {model.name}: {uri} has SHA-256 {digest.hexdigest()}, the plan expects {model.sha256}; "
                "put the right file there, or correct the model catalogue and run the job again",
            )


@contextmanager
def _closed_folders(name: str, folder: Path) -> Iterator[None]:
    """An unwritable folder is this node's fault: another node's may be writable."""
    try:
        yield
    except OSError as error:
        if error.errno not in _CLOSED_TO_US:
            raise
        raise LacksPlanError(
            Reason.MODEL_NOT_FOUND,
            f"model {name} is not in {folder}, and cannot be put there ({error.strerror}); "
            "add its file under its SHA-256, or make the folder writable",
        ) from error
