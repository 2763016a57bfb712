"""Engines in object storage: what one worker made of a model for a device is there for those that start after it.

An engine is code for the machine that loads it, so whoever may write one is trusted by all that read it: there is one
address for each trust zone, and it is only set where every worker of that zone may be trusted so far.
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
    """A folder of engines that is filled from storage, and fills it.

    Storage that is away or refuses, and a folder that is full, cost time and nothing else: the engine is made here.
    """

    def __init__(self, folder: Path, store: ObjectStore, prefix: str) -> None:
        """`prefix`: ends in `/`, or is empty."""
        super().__init__(folder)
        self._store = store
        self._prefix = prefix
        self.bytes_fetched = 0
        """From storage, so far."""
        self._log = structlog.get_logger()

    def find(self, key: str) -> Path | None:
        """The engine's file, fetched where it is not here yet; None where nobody has made it."""
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
        """Takes an engine into the folder, and into storage unless another worker was first."""
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
        """As `_fetch`. Raises StoreError; ObjectNotFoundError where nobody has made it, or it goes meanwhile."""
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
