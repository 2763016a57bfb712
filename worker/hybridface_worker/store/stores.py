"""Resolves a URI to its store: the one place that knows which stores there are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason

from .base import ObjectStore, unwatched
from .folder import FolderStore
from .settings import StoreSettings
from .uri import parse_uri

if TYPE_CHECKING:
    from .witness import Witness


class Stores:
    """The stores that the settings know, each made once."""

    def __init__(self, settings: StoreSettings, alive: Callable[[], None] = unwatched) -> None:
        """`alive` is called, from any thread, after each request and each piece of a file."""
        self._settings = settings
        self._alive = alive
        self._files = FolderStore(Path("/"), metadata=settings.file_metadata, alive=alive)
        self._buckets: dict[str, ObjectStore] = {}
        self._lock = threading.Lock()

    def resolve(self, uri: str) -> tuple[ObjectStore, str]:
        """The store and the key, or prefix, within it.

        Raises:
            BadUriError: the URI names no object.
            TaskError: no store is configured for it.
        """
        location = parse_uri(uri)
        if location.scheme == "file":
            return self._files, location.key
        return self._bucket(uri, location.bucket), location.key

    def _bucket(self, uri: str, bucket: str) -> ObjectStore:
        if self._settings.s3 is None:
            raise TaskError(Reason.BAD_TASK, f"{uri}: no object store is configured; set HYBRIDFACE_S3_ENDPOINT")
        from .minio import MinioStore  # noqa: PLC0415 - a third of the start-up time, and not for files

        with self._lock:
            if bucket not in self._buckets:
                self._buckets[bucket] = MinioStore(self._settings.s3, bucket, witness=self._witness, alive=self._alive)
            return self._buckets[bucket]

    @cached_property
    def _witness(self) -> Witness:
        from .witness import Witness  # noqa: PLC0415 - as above

        return Witness()
