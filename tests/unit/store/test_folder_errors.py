from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hybridface_worker.contract.errors import NotWritableError, ObjectNotFoundError, StoreError, StoreRefusedError
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.folder_errors import read_error, write_error
from hybridface_worker.store.room import Room


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
        (errno.ENOSPC, NotWritableError, Reason.STORAGE_FULL),
        (errno.EDQUOT, NotWritableError, Reason.STORAGE_FULL),
        (errno.EFBIG, NotWritableError, Reason.STORAGE_FULL),
        (errno.EACCES, NotWritableError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.EROFS, NotWritableError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.EISDIR, NotWritableError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.ENAMETOOLONG, NotWritableError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.EOPNOTSUPP, NotWritableError, Reason.OUTPUT_NOT_WRITABLE),
        (errno.ETIMEDOUT, StoreError, Reason.SERVICE_AWAY),
    ],
)
def test_why_a_file_was_not_written(number, kind, reason):
    error = write_error(OSError(number, os.strerror(number)), "file:///x")
    assert (type(error), error.reason) == (kind, reason)
    assert "file:///x" in error.message
    assert os.strerror(number) in error.message
    assert error.exit_code is (ExitCode.CANNOT_WRITE if kind is NotWritableError else ExitCode.SERVICE_AWAY)


def test_what_does_not_fit_is_told_with_its_size_and_the_room_that_there_is():
    room = Room(Path("/disk"), free_bytes=12_000, total_bytes=3 * 2**30)
    error = write_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "file:///disk/x", room, 2_500_000)
    assert error.message == (
        "file:///disk/x does not fit (No space left on device; it has 2.38 MiB; 11.7 KiB of 3 GiB are free in /disk): "
        "make room and run again"
    )


def test_a_folder_that_is_not_there_yet_has_the_room_of_the_one_above(tmp_path):
    room = Room.of(tmp_path / "not" / "there")
    assert room is not None
    assert (room.folder, room.total_bytes) == (tmp_path, os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize)
