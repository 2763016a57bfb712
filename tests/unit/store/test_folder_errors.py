from __future__ import annotations

import errno
import os

import pytest

from hybridface_worker.contract.errors import ObjectNotFoundError, StoreError, StoreRefusedError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.folder_errors import read_error, write_error


@pytest.mark.parametrize(
    ("number", "kind", "reason"),
    [
        (errno.ENOENT, ObjectNotFoundError, Reason.INPUT_NOT_FOUND),
        (errno.ENOTDIR, ObjectNotFoundError, Reason.INPUT_NOT_FOUND),
        (errno.EISDIR, ObjectNotFoundError, Reason.INPUT_NOT_FOUND),
        (errno.EACCES, StoreRefusedError, Reason.INPUT_UNREADABLE),
        (errno.EIO, StoreRefusedError, Reason.INPUT_UNREADABLE),
        (errno.ESTALE, StoreError, Reason.SERVICE_AWAY),
    ],
)
def test_why_a_file_was_not_read(number, kind, reason):
    error = read_error(OSError(number, os.strerror(number)), "file:///x")
    assert (type(error), error.reason) == (kind, reason)
    assert "file:///x" in error.message
    assert os.strerror(number) in error.message


@pytest.mark.parametrize(
    ("number", "kind", "reason"),
    [
        (errno.ENOSPC, StoreRefusedError, Reason.STORAGE_FULL),
        (errno.EDQUOT, StoreRefusedError, Reason.STORAGE_FULL),
        (errno.EFBIG, StoreRefusedError, Reason.STORAGE_FULL),
        (errno.EACCES, StoreRefusedError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.EROFS, StoreRefusedError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.EISDIR, StoreRefusedError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.EOPNOTSUPP, StoreRefusedError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.ETIMEDOUT, StoreError, Reason.SERVICE_AWAY),
    ],
)
def test_why_a_file_was_not_written(number, kind, reason):
    error = write_error(OSError(number, os.strerror(number)), "file:///x")
    assert (type(error), error.reason) == (kind, reason)
    assert "file:///x" in error.message
    assert os.strerror(number) in error.message
