"""Shares engines through object storage: what one worker has built need not be built by later ones.

Engines are executed, so readers have to trust all writers: each trust zone has its own folder, which is only
configured where all workers of the zone are trusted.
"""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from hybridface_worker.contract.errors import ObjectExistsError, ObjectNotFoundError, StoreError
from hybridface_worker.contract.events import Event
from hybridface_worker.inference.engine import EngineFolder
from hybridface_worker.store.base import ObjectStore, read_pieces
from hybridface_worker.store.folder_errors import writing
from hybridface_worker.store.uri import file_uri


class StoredEngines(EngineFolder):
    """A local folder of engines, synchronised with storage.

    Where storage is unavailable, or the folder is full, the engine is built here: that costs time and nothing else.
    """

    def __init__(self, folder: Path, store: ObjectStore, prefix: str) -> None:
        """`prefix`: ends in `/`, or is empty."""
        super().__init__(folder)
        self._store = store
        self._prefix = prefix
        self.bytes_fetched = 0
        """Downloaded so far."""
        self._log = structlog.get_logger()

    def find(self, key: str) -> Path | None:
        """The engine's file, downloaded if necessary; None where nobody has built it."""
        since = time.perf_counter()
        found, fetched = super().find(key), 0
        if found is None:
            fetched = self._fetch(key)
            found = super().find(key)
        if found is not None:
            self._log.info(
                Event.ENGINE_FOUND, engine=key, bytes_fetched=fetched, seconds=round(time.perf_counter() - since, 3)
            )
        return found

    def keep(self, key: str, made: Path) -> None:
        """Moves an engine into the folder, and uploads it unless another worker was first."""
        super().keep(key, made)
        path = super().find(key)
        if path is None:
            return
        try:
            self._store.upload(self._prefix + key, path, if_absent=True)
        except ObjectExistsError:
            pass
        except StoreError as error:
            self._log.warning(Event.ENGINE_NOT_STORED, engine=key, reason=error.reason, message=error.message)

    def _fetch(self, key: str) -> int:
        """Bytes that were fetched."""
        try:
            with writing(file_uri(str(self._folder / key)), self._folder / key):
                return self._fetched(key)
        except ObjectNotFoundError:
            pass
        except StoreError as error:
            self._log.warning(Event.ENGINE_NOT_STORED, engine=key, reason=error.reason, message=error.message)
        return 0

    def _fetched(self, key: str) -> int:
        """As `_fetch`. Raises StoreError; ObjectNotFoundError where nobody has built it, or it was removed."""
        info = self._store.head(self._prefix + key)
        path = self.making(key)
        try:
            with path.open("wb") as file:
                file.writelines(read_pieces(self._store, info))
            super().keep(key, path)
        finally:
            path.unlink(missing_ok=True)
        self.bytes_fetched += info.size
        return info.size
