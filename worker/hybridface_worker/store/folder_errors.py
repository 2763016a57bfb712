"""Turns errors of the operating system into errors of the store, with advice."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybridface_worker.contract.errors import NotWritableError, ObjectNotFoundError, StoreError, StoreRefusedError
from hybridface_worker.contract.reasons import Reason

from .room import Room, in_words

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk is full, a quota is used up, or the file is larger than the file system allows."""
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO})
_IN_THE_WAY = frozenset({errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP})
_NO_HARD_LINKS = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_NOT_WRITABLE = {
    **dict.fromkeys(_REFUSED, "check the folder's permissions"),
    **dict.fromkeys(_IN_THE_WAY, "a file or folder is in the way"),
    **dict.fromkeys(_NO_HARD_LINKS, "its file system makes no hard links, which only-if-absent takes; choose another"),
    errno.EROFS: "mount it for writing, or name another folder",
    errno.ENAMETOOLONG: "shorten the name that it is made from",
}
"""What to do about a file that cannot be written."""


@contextmanager
def reading(uri: str) -> Iterator[None]:
    """Turns an OSError of a read into the store's error."""
    try:
        yield
    except OSError as error:
        raise read_error(error, uri) from error


@contextmanager
def writing(uri: str, path: Path, needed_bytes: int | None = None) -> Iterator[None]:
    """Turns an OSError of a write to the path into the store's error. `needed_bytes`: the size of the file."""
    try:
        yield
    except OSError as error:
        room = Room.of(path.parent) if error.errno in FULL else None
        raise write_error(error, uri, room, needed_bytes) from error


def read_error(error: OSError, uri: str) -> StoreError:
    """The store's error for one of reading."""
    said = _said(error)
    if error.errno == errno.EISDIR:
        return ObjectNotFoundError(Reason.INPUT_NOT_FOUND, f"{uri} is a folder ({said}): name a file in it")
    if error.errno in _ABSENT:
        return ObjectNotFoundError(Reason.INPUT_NOT_FOUND, f"{uri}: there is no such file ({said})")
    if error.errno in _REFUSED:
        return StoreRefusedError(Reason.INPUT_UNREADABLE, f"{uri} cannot be read ({said}): check its permissions")
    return StoreError(Reason.SERVICE_AWAY, f"{uri} could not be read ({said}): try again")


def write_error(error: OSError, uri: str, room: Room | None = None, needed_bytes: int | None = None) -> StoreError:
    """The store's error for one of writing, with the size of the file and the space on its disk."""
    said = _said(error)
    if error.errno in FULL:
        needed = "" if needed_bytes is None else f"; it has {in_words(needed_bytes)}"
        left = "" if room is None else f"; {room}"
        return NotWritableError(
            Reason.STORAGE_FULL, f"{uri} does not fit ({said}{needed}{left}): make room and run again"
        )
    if error.errno in _NOT_WRITABLE:
        advice = _NOT_WRITABLE[error.errno]
        return NotWritableError(Reason.OUTPUT_NOT_WRITABLE, f"{uri} cannot be written ({said}): {advice}")
    return StoreError(Reason.SERVICE_AWAY, f"{uri} could not be written ({said}): try again")


def _said(error: OSError) -> str:
    return error.strerror or str(error)
