"""Temporary folders for files before they are uploaded; errors of their disk say so."""

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
    """A temporary folder below `parent`. Raises as `naming_scratch` does."""
    with naming_scratch(parent):
        folder = tempfile.TemporaryDirectory(prefix="hybridface-", dir=parent)
    with folder as made, naming_scratch(parent):  # the free space is measured before the folder is removed
        yield Path(made)


@contextmanager
def naming_scratch(folder: Path) -> Iterator[None]:
    """Names the scratch folder in errors of its disk.

    Raises:
        NotWritableError: the disk is full, or the folder is not writable. Other errors pass unchanged.
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
