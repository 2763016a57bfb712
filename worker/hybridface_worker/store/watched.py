"""Local files that say whenever they were read, for what takes as long as a large file is."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class WatchedFile(io.BufferedReader):
    """A file that is read, from its beginning. `alive` is called after each piece. Raises OSError."""

    def __init__(self, path: Path, alive: Callable[[], None]) -> None:
        super().__init__(_Pieces(path, alive))


class _Pieces(io.FileIO):
    def __init__(self, path: Path, alive: Callable[[], None]) -> None:
        super().__init__(path)
        self._alive = alive

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        count = super().readinto(buffer)
        self._alive()
        return count
