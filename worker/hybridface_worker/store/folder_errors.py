"""What the operating system's errors mean for whoever asked for an object. Decides only; touches no file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from hybridface_worker.contract.errors import ObjectNotFoundError, StoreError, StoreRefusedError
from hybridface_worker.contract.reasons import Reason

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO})
_IN_THE_WAY = frozenset({errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.ELOOP})
_NO_HARD_LINKS = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@contextmanager
def reading(uri: str) -> Iterator[None]:
    """Turns an OSError of a read into the store's error."""
    try:
        yield
    except OSError as error:
        raise read_error(error, uri) from error


@contextmanager
def writing(uri: str) -> Iterator[None]:
    """Turns an OSError of a write into the store's error."""
    try:
        yield
    except OSError as error:
        raise write_error(error, uri) from error


def read_error(error: OSError, uri: str) -> StoreError:
    """The store's error for one that came of reading."""
    said = _said(error)
    if error.errno in _ABSENT:
        return ObjectNotFoundError(Reason.INPUT_NOT_FOUND, f"{uri}: there is no such file ({said})")
    if error.errno in _REFUSED:
        return StoreRefusedError(Reason.INPUT_UNREADABLE, f"{uri} cannot be read ({said}): check its permissions")
    return StoreError(Reason.SERVICE_AWAY, f"{uri} could not be read ({said}): try again")


def write_error(error: OSError, uri: str) -> StoreError:
    """The store's error for one that came of writing."""
    said = _said(error)
    if error.errno in _FULL:
        return StoreRefusedError(Reason.STORAGE_FULL, f"{uri} does not fit ({said}): make room and run again")
    if error.errno in _REFUSED:
        return StoreRefusedError(
            Reason.OUTPUT_NOT_WRITABLE, f"{uri} cannot be written ({said}): check the folder's permissions"
        )
    if error.errno in _IN_THE_WAY:
        return StoreRefusedError(
            Reason.OUTPUT_NOT_WRITABLE, f"{uri} cannot be written ({said}): a file or folder is in the way"
        )
    if error.errno in _NO_HARD_LINKS:
        return StoreRefusedError(
            Reason.OUTPUT_NOT_WRITABLE,
            f"{uri} cannot be written only if absent ({said}): this file system has no hard links; choose another one",
        )
    return StoreError(Reason.SERVICE_AWAY, f"{uri} could not be written ({said}): try again")


def _said(error: OSError) -> str:
    return error.strerror or str(error)
