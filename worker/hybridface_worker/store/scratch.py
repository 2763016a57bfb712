"""Folders in which files are put together before they are stored: where a disk is the trouble, the error says so."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybridface_worker.contract.errors import NotWritableError
from hybridface_worker.contract.reasons import Reason

from .folder_errors import FULL
from .room import Room

_CLOSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder of one's own below `parent`, removed when the block is left. Raises as `naming_scratch` does."""
    with naming_scratch(parent):
        folder = tempfile.TemporaryDirectory(prefix="hybridface-", dir=parent)
    with folder as made, naming_scratch(parent):  # the room is measured while what takes it is still there
        yield Path(made)


@contextmanager
def naming_scratch(folder: Path) -> Iterator[None]:
    """Names the folder of scratch where a write fails for its disk.

    Raises:
        NotWritableError: no room is left, or the folder takes no files. Other errors pass as they are.
    """
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        if error.errno in FULL:
            room = Room.of(folder)
            left = f"; {room}" if room else ""
            raise NotWritableError(
                Reason.STORAGE_FULL,
                f"no space left in {folder} ({said}{left}): make room there, or set HYBRIDFACE_SCRATCH to a folder of "
                "another disk, and run again",
            ) from error
        if error.errno in _CLOSED and str(error.filename).startswith(str(folder)):
            raise NotWritableError(
                Reason.OUTPUT_NOT_WRITABLE,
                f"{folder} takes no files ({said}): make it writable, or set HYBRIDFACE_SCRATCH to another folder, and "
                "run again",
            ) from error
        raise
