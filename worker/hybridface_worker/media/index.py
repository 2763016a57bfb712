"""Which frames a player shows and when: a video's frame table, from its packets' timestamps alone.

Pure. Frames are numbered in display order and identified by their pts, never by counting a decoder's output.
"""

from __future__ import annotations

import hashlib
import io
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason

Ticks = npt.NDArray[np.int64]


@dataclass
class PacketTable:
    """The packets of one video stream in file order; times in ticks of its time base."""

    time_base: Fraction
    pts: array[int] = field(default_factory=lambda: array("q"))
    durations: array[int] = field(default_factory=lambda: array("q"))
    """0 where the container has none."""
    presented: array[int] = field(default_factory=lambda: array("b"))
    """1 where players show the packet's picture."""
    seekable: array[int] = field(default_factory=lambda: array("b"))
    """1 where decoding may begin."""
    size: int = 0
    """Bytes of all packets."""
    begins_midway: bool = False
    """Whether it begins within a group of pictures, as a stream does that was not cut at a key frame."""
    track_end: int | None = None
    """The end of the presentation, where the container declares it apart from the packets."""

    def append(self, pts: int, duration: int, *, presented: bool, seekable: bool) -> None:
        """Adds one packet."""
        self.pts.append(pts)
        self.durations.append(duration)
        self.presented.append(presented)
        self.seekable.append(seekable)

    @property
    def reordered(self) -> bool:
        """Whether packets are stored in another order than their pictures are shown."""
        pts = _ticks(self.pts)
        return bool((pts[1:] < pts[:-1]).any())


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """The frames of one video, in ticks of its time base.

    Attributes:
        pts: int64 [frames], strictly increasing.
        durations: int64 [frames], how long each is shown: until the next; of the last, what the container says.
        seek_pts: int64 [points], packets from which decoding may begin; the first is the stream's first packet.
    """

    pts: Ticks
    durations: Ticks
    seek_pts: Ticks

    def __len__(self) -> int:
        return len(self.pts)

    def ticks(self, start: int, end: int) -> int:
        """How long the frames `[start, end)` are shown."""
        return int(self.durations[start:end].sum())

    def number(self, pts: int | None) -> int | None:
        """The frame with exactly that pts, or None."""
        if pts is None:
            return None
        at = int(np.searchsorted(self.pts, pts))
        return at if at < len(self.pts) and self.pts[at] == pts else None

    def seek_point(self, frame: int) -> int:
        """The last seek point from which `frame` decodes. 0 is the start of the stream."""
        return max(int(np.searchsorted(self.seek_pts[1:], self.pts[frame], side="right")), 0)

    def first_frame(self, point: int) -> int:
        """The first frame that decodes from a seek point; all later ones do."""
        return int(np.searchsorted(self.pts, self.seek_pts[point])) if point else 0

    def without(self, numbers: Ticks) -> FrameIndex:
        """The table without some frames; those before them are shown for longer."""
        pts = np.delete(self.pts, numbers)
        last = int(self.pts[-1] + self.durations[-1] - pts[-1])
        return FrameIndex(pts, np.append(np.diff(pts), last), self.seek_pts)

    def to_npz(self) -> bytes:
        """The table as a NumPy archive; equal tables give equal bytes."""
        buffer = io.BytesIO()
        np.savez(buffer, pts=self.pts, durations=self.durations, seek_pts=self.seek_pts)
        return buffer.getvalue()

    @classmethod
    def from_npz(cls, data: bytes) -> FrameIndex:
        """Reads what `to_npz` wrote.

        Raises:
            ValueError: the archive is not a frame table.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                tables = [archive[name].astype(np.int64, casting="safe") for name in ("pts", "durations", "seek_pts")]
        except (KeyError, OSError, EOFError, TypeError, ValueError, BadZipFile) as error:
            raise ValueError(f"no frame table: {error}") from None
        pts, durations, seek_pts = tables
        if not len(pts) or pts.shape != durations.shape or not len(seek_pts) or (np.diff(pts) <= 0).any():
            raise ValueError("the frame table does not hold together")
        return cls(pts, durations, seek_pts)

    def digest(self) -> str:
        """SHA-256 of `to_npz`, in hexadecimal."""
        return hashlib.sha256(self.to_npz()).hexdigest()


def build_index(packets: PacketTable) -> FrameIndex:
    """The frame table of a stream.

    Raises:
        InputRefused: NO_FRAMES, or BAD_TIMESTAMPS where two frames share a pts.
    """
    pts, presented = _ticks(packets.pts), _ticks(packets.presented) == 1
    order = np.argsort(pts[presented], kind="stable")
    shown = pts[presented][order]
    if not len(shown):
        raise InputRefused(
            Reason.NO_FRAMES,
            f"the video track has no frame that a player would show ({len(pts)} packets); give a video with frames",
        )
    twice = np.flatnonzero(np.diff(shown) == 0)
    if len(twice):
        at = float(shown[twice[0]] * packets.time_base)
        raise InputRefused(
            Reason.BAD_TIMESTAMPS,
            f"{len(twice)} frames share their timestamp with the frame before, the first at {at:.3f} s;"
            " remux the video with a finer time base",
        )
    own = _ticks(packets.durations)[presented][order]
    durations = np.append(np.diff(shown), _last_duration(packets, shown, own))
    seekable = pts[1:][_ticks(packets.seekable)[1:] == 1]
    return FrameIndex(shown, durations, np.concatenate([pts[:1], np.sort(seekable)]))


def _last_duration(packets: PacketTable, pts: Ticks, own: Ticks) -> int:
    """The duration of the last frame. In MP4, packets' durations are intervals of dts: useless with B-frames."""
    end = packets.track_end
    if end is not None and end > pts[-1] and packets.reordered and (own != own[0]).any():
        return int(end - pts[-1])
    if own[-1] > 0:
        return int(own[-1])
    if end is not None and end > pts[-1]:
        return int(end - pts[-1])
    return int(pts[-1] - pts[-2]) if len(pts) > 1 else 1


def _ticks(values: array[int]) -> Ticks:
    return np.asarray(values, dtype=np.int64)
