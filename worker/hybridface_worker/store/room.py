"""The free space of a disk, for messages about a full one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Room:
    """The disk of a folder."""

    folder: Path
    free_bytes: int
    total_bytes: int

    @classmethod
    def of(cls, folder: Path) -> Room | None:
        """As it is now; of the nearest existing folder above. None where the system does not say."""
        for place in (folder, *folder.parents):
            try:
                disk = os.statvfs(place)
            except OSError:
                continue
            return cls(place, disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize)
        return None

    def __str__(self) -> str:
        return f"{in_words(self.free_bytes)} of {in_words(self.total_bytes)} are free in {self.folder}"


def in_words(size_bytes: int) -> str:
    """A size for people: three significant digits, with binary units."""
    size, units = float(size_bytes), ["TiB", "GiB", "MiB", "KiB", "bytes"]
    while size >= 1000 and len(units) > 1:
        size /= 1024
        units.pop()
    return f"{size:.3g} {units[-1]}"
