"""Local files that report every read as progress, since reading a large one takes long."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class WatchedFile(io.BufferedReader):
    """A file open for reading. `alive` is called after each read from the disk. Raises OSError."""

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
