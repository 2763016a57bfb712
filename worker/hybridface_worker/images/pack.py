"""A chunk's images in one tar: the same images give the same bytes. Nothing is ever extracted to a disk."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason


class Packer:
    """Writes a tar of `(relative path, bytes)` to a file, one member after the other."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT, encoding="utf-8")  # noqa: SIM115 - `close` closes it
        self._names: set[str] = set()

    def add(self, path: str, data: bytes) -> None:
        """Appends one file. Raises ValueError for a path that is not relative, leads upwards, or is there already."""
        if not _harmless(path):
            raise ValueError(f"{path!r} is no relative path")
        if path in self._names:
            raise ValueError(f"{path!r} is packed already")
        self._names.add(path)
        member = tarfile.TarInfo(path)
        member.size, member.mode = len(data), 0o644
        self._tar.addfile(member, io.BytesIO(data))

    def close(self) -> None:
        """Completes the file."""
        self._tar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Pack:
    """A pack that is read. Files are found in one pass over it, if they are asked for in their order.

    Everything raises InputRefused, VERIFY_FAILED, where the pack is broken or holds what `Packer` never writes: links,
    devices, paths that are not relative, two files of one name.
    """

    def __init__(self, file: BinaryIO) -> None:
        """`file` is the caller's to close."""
        self._ahead = _entries(file)
        self._found: dict[str, tuple[tarfile.TarInfo, tarfile.TarFile]] = {}

    def read(self, path: str) -> bytes:
        """The file with that path; others are skipped, not read."""
        while path not in self._found:
            entry = next(self._ahead, None)
            if entry is None:
                raise _broken(f"there is no {path!r} in it")
            if entry[0].name in self._found:
                raise _broken(f"{entry[0].name!r} is there twice")
            self._found[entry[0].name] = entry
        return _content(*self._found[path])


def _entries(file: BinaryIO) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    with _refusing(), tarfile.open(fileobj=file, mode="r:", encoding="utf-8") as tar:
        for member in tar:
            if not member.isreg() or member.issparse() or not _harmless(member.name):
                raise _broken(f"{member.name!r} is not a file with a relative path")
            yield member, tar


def _content(member: tarfile.TarInfo, tar: tarfile.TarFile) -> bytes:
    with _refusing():
        content = tar.extractfile(member)
        data = content.read() if content is not None else b""
    if len(data) != member.size:
        raise _broken(f"{member.name!r} ends after {len(data)} of {member.size} bytes")
    return data


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise _broken(str(error)) from None


def _harmless(path: str) -> bool:
    parts = path.split("/")
    return "\0" not in path and not any(part in ("", ".", "..") for part in parts)


def _broken(what: str) -> InputRefused:
    return InputRefused(Reason.VERIFY_FAILED, f"a chunk's pack of images is broken: {what}; run the job again")
