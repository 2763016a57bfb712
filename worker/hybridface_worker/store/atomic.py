"""Atomic, durable files: written under a hidden name beside their target, then linked or renamed to it.

A hidden file is `.hybridface-<digest of the target's name>-<random>.part`, and its writer holds a lock (flock) on it.
One without a lock was left by a writer that died: nobody reads it, and the next upload to the same target removes it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_PREFIX, _SUFFIX = ".hybridface-", ".part"
_COPY_BYTES = 8 * 2**20
_NO_COPY_RANGE = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})


def is_part(name: str) -> bool:
    """Whether a file of that name is a partial one."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def publish(
    target: Path,
    fill: Callable[[BinaryIO], object],
    *,
    if_absent: bool = False,
    before: Callable[[os.stat_result], object] = lambda _: None,
) -> os.stat_result:
    """Makes `target` a file with what `fill` writes, and returns its status.

    `before` is called with that status when the content is durable and the file not yet in its place: size, mtime and
    inode stay as they are.

    Raises:
        FileExistsError: `if_absent`, and the target exists.
        OSError: whatever else went wrong; the target is untouched.
    """
    make_folders(target.parent)
    with _part_of(target) as (part, file):
        fill(file)
        file.flush()
        os.fsync(file.fileno())
        status = os.fstat(file.fileno())
        before(status)
        if if_absent:
            os.link(part, target)
        else:
            part.replace(target)
    sync_folder(target.parent)
    return status


def copy(source: BinaryIO, target: BinaryIO, alive: Callable[[], None]) -> None:
    """Copies the rest of a file: by the kernel, which shares blocks where the file system can, or through memory.

    `alive` is called after each piece.
    """
    try:
        while os.copy_file_range(source.fileno(), target.fileno(), _COPY_BYTES):
            alive()
    except OSError as error:
        if error.errno not in _NO_COPY_RANGE:
            raise
        while piece := source.read(_COPY_BYTES):
            target.write(piece)
            alive()


def remove_stale_parts(target: Path) -> None:
    """Removes what dead writers of the same target left behind."""
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            if entry.name.startswith(_stem(target)) and is_part(entry.name):
                _remove_unlocked(Path(entry.path))


def remove_stale_parts_below(folder: Path) -> int:
    """Removes what dead writers left behind anywhere below a folder. Returns how many files there were."""
    parts = [path for path in folder.rglob(f"{_PREFIX}*{_SUFFIX}") if path.is_file()]
    for part in parts:
        _remove_unlocked(part)
    return sum(not part.exists() for part in parts)


def make_folders(folder: Path) -> None:
    """Makes a folder and those above it, durably. Raises NotADirectoryError where a file is in the way."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Makes a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _part_of(target: Path) -> Iterator[tuple[Path, BinaryIO]]:
    while True:
        part = target.with_name(f"{_stem(target)}{secrets.token_hex(8)}{_SUFFIX}")
        with part.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:
                continue  # taken for a dead writer's before it was locked
            try:
                yield part, file
            finally:
                part.unlink(missing_ok=True)
            return


def _stem(target: Path) -> str:
    return f"{_PREFIX}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


def _remove_unlocked(part: Path) -> None:
    with suppress(OSError), part.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        part.unlink()
