"""Credentials in a folder, such as a mounted Secret, that are renewed while the process runs."""

from __future__ import annotations

import os
from pathlib import Path

from minio.credentials.credentials import Credentials
from minio.credentials.providers import Provider

_Stamp = tuple[tuple[int, int, int] | None, ...]

ACCESS_KEY, SECRET_KEY, SESSION_TOKEN = "access-key", "secret-key", "session-token"


class FolderProvider(Provider):
    """Reads `access-key`, `secret-key` and, where there is one, `session-token`; again whenever a file has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = tuple(str(folder / name) for name in (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN))
        """Made once, since every request stats them."""
        self._known: tuple[_Stamp, Credentials] | None = None

    def retrieve(self) -> Credentials:
        """The credentials as they are now, never a mixture of two renewals. Raises OSError, ValueError."""
        while self._known is None or self._known[0] != self._stamp():
            self._known = (self._stamp(), self._read())
        return self._known[1]

    def _read(self) -> Credentials:
        token = self._folder / SESSION_TOKEN
        return Credentials(
            access_key=_text(self._folder / ACCESS_KEY),
            secret_key=_text(self._folder / SECRET_KEY),
            session_token=_text(token) if token.exists() else None,
        )

    def _stamp(self) -> _Stamp:
        return tuple(_stamp(file) for file in self._files)


def _stamp(file: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - a path takes twice as long to make as the file to look at
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
