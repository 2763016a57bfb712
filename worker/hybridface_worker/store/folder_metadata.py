"""Metadata of files, in a folder of its own: users' folders hold users' files and nothing else.

A record is named by the digest of a file's path and ETag, so it belongs to one version of the file. It is written
before the file is published: a crash in between leaves an orphaned record, never a file without its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from . import atomic


class MetadataFolder:
    """The records. With no folder there are none, and none may be written."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, path: Path, etag: str) -> dict[str, str]:
        """The metadata of this version of the file, empty where it has none. Raises OSError."""
        if self._folder is None:
            return {}
        try:
            data = self._record(self._folder, path, etag).read_bytes()
        except FileNotFoundError:
            return {}
        return dict(json.loads(data))

    def write(self, path: Path, etag: str, metadata: Mapping[str, str]) -> None:
        """Keeps metadata for a version of the file. Raises OSError, and ValueError where there is no folder."""
        if self._folder is None:
            raise ValueError("metadata was given to a folder store that was made without a place for it")
        data = json.dumps(dict(metadata)).encode()
        record = self._record(self._folder, path, etag)
        atomic.publish(record, lambda file: file.write(data))

    def remove(self, path: Path, etag: str) -> None:
        """Forgets a version of the file. Raises OSError."""
        if self._folder is not None:
            self._record(self._folder, path, etag).unlink(missing_ok=True)

    @staticmethod
    def _record(folder: Path, path: Path, etag: str) -> Path:
        return folder / (hashlib.sha256(os.fsencode(path) + b"\0" + etag.encode()).hexdigest() + ".json")
