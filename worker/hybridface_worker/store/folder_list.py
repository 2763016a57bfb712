"""Walks a folder in key order: by the bytes of whole keys, in which `a-b` comes before `a/b`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.contract.reasons import Reason

from .atomic import is_part

_Identity = tuple[int, int]


def files_below(root: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    """Keys and status of the regular files whose keys begin with the prefix, links followed.

    A linked folder that contains itself is entered once. Where there is no such folder there is nothing.

    Raises:
        StoreRefusedError: a name is not UTF-8, so that no document can hold it.
        OSError: a folder cannot be read.
    """
    folder = prefix.rpartition("/")[0]
    start = root / folder
    try:
        status = start.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _walk(start, f"{folder}/" if folder else "", prefix, (_identity(status),))


def folders_in(folder: Path) -> list[Path]:
    """The folders directly in one, by name, links followed; none where it is not there. Raises OSError."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _walk(folder: Path, key: str, prefix: str, above: tuple[_Identity, ...]) -> Iterator[tuple[str, os.stat_result]]:
    for name, status in _entries(folder, key, prefix):
        path = folder / name
        if stat.S_ISREG(status.st_mode):
            yield key + name, status
        elif _identity(status) not in above:
            yield from _walk(path, f"{key}{name}/", prefix, (*above, _identity(status)))


def _entries(folder: Path, key: str, prefix: str) -> list[tuple[str, os.stat_result]]:
    """The files and folders that may matter, in the order of their keys."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            inside = (key + entry.name).startswith(prefix)
            if is_part(entry.name) or not (inside or prefix.startswith(f"{key}{entry.name}/")):
                continue
            try:
                status = entry.stat()
            except OSError:
                if entry.is_symlink() or not os.path.lexists(entry.path):
                    continue  # a link to nothing, or gone since
                raise
            _check_name(folder, entry.name)
            if stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and inside):
                found.append((entry.name, status))
    return sorted(found, key=lambda item: item[0].encode() + (b"/" if stat.S_ISDIR(item[1].st_mode) else b""))


def _check_name(folder: Path, name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise StoreRefusedError(
            Reason.INPUT_UNREADABLE, f"{folder}: the name {os.fsencode(name)!r} is not UTF-8; rename the file"
        ) from None


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino
