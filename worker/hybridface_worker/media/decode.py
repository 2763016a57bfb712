"""Reads any range of a video's frames by number: exactly these; damaged ones are reported or concealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Self

import av

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import Colour, VideoInfo
from hybridface_worker.contract.reasons import Reason

from . import sidedata
from .copying import copy_picture
from .frames import Decoded, FrameDecoder
from .index import FrameIndex
from .open import as_probed

NEAR_FRAMES = 16
"""Up to so many frames are decoded and dropped rather than skipped by a seek, which flushes the decoder."""


@dataclass(frozen=True)
class DecodedFrame:
    """One frame. Call `frame.make_writable()` before writing to it: the decoder may still refer to its memory."""

    number: int
    frame: av.VideoFrame
    concealed: bool = False
    """It did not decode: the picture is the decoder's concealment, or a copy of the nearest frame."""


class VideoReader:
    """Reads ranges of frames from one open file. It keeps its place: the next range goes on without a seek.

    Not thread-safe. Close it, or use it as a context manager; the file stays open.
    """

    def __init__(self, file: BinaryIO, info: VideoInfo, index: FrameIndex, *, threads: int = 0) -> None:
        """`threads`: of the decoder, 0 for one per core. After the first damage it has one, to locate it exactly."""
        self._file = file
        self._info = info
        self._index = index
        self._threads = threads
        self._decoder = self._fresh(threads)
        self._frames: Iterator[Decoded] = iter(())
        self._ahead: Decoded | None = None
        self._position: int | None = None
        """The first frame not yet taken from `_frames`."""
        self._broken: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the decoder."""
        self._frames, self._ahead, self._position = iter(()), None, None
        self._decoder.close()

    def read(self, start: int, end: int, *, conceal: bool = False) -> Iterator[DecodedFrame]:
        """Yields the frames start..end-1, each once and in order.

        Raises:
            InputRefused: DECODE_ERROR, naming every frame of the range that does not decode, after the frames before
                the first of them. With `conceal` they are yielded as the decoder concealed them, or as a copy of
                the previous frame (the next one, where there is none). PIXEL_FORMAT_NOT_SUPPORTED where size, pixel
                format, aspect ratio or colour description changes within the video; INTERLACED.
            ValueError: the range is not within the video.
        """
        if not 0 <= start <= end <= len(self._index):
            raise ValueError(f"frames [{start}, {end}) are not within the video's {len(self._index)}")
        found = self._range(start, end)
        return self._concealed(found) if conceal else self._intact(found)

    def _intact(self, found: Iterable[Decoded]) -> Iterator[DecodedFrame]:
        broken: list[int] = []
        for decoded in found:
            if decoded.damaged or decoded.frame is None:
                broken.append(decoded.number)
            elif not broken:
                yield DecodedFrame(decoded.number, decoded.frame)
        if broken:
            raise InputRefused(
                Reason.DECODE_ERROR,
                f"{self._name(broken)} cannot be decoded: the data is damaged; give an undamaged file, or set"
                " onDecodeError to keepOriginal",
            )

    def _concealed(self, found: Iterable[Decoded]) -> Iterator[DecodedFrame]:
        """Each frame is held back until the next is there: a consumer may write to it, and the next may need a copy."""
        held: DecodedFrame | None = None
        for decoded in found:
            if decoded.frame is not None:
                following = DecodedFrame(decoded.number, decoded.frame, decoded.damaged)
            else:
                nearest = held.frame if held is not None else self._nearest(decoded.number)
                copy = copy_picture(nearest, int(self._index.pts[decoded.number]))
                following = DecodedFrame(decoded.number, copy, concealed=True)
            if held is not None:
                yield held
            held = following
        if held is not None:
            yield held

    def _range(self, start: int, end: int) -> Iterator[Decoded]:
        """Every number of the range once and in order; `frame` is None where there is no picture."""
        if start < end:
            self._go_to(start)
        expected = start
        while expected < end:
            decoded = self._next(expected)
            missing = decoded is None or decoded.number > expected
            if self._threads != 1 and (decoded is None or missing or decoded.damaged):
                self._slow_down(expected)
                continue
            if decoded is None or missing:
                decoded = Decoded(expected, None, damaged=True)
            else:
                self._ahead = None
            expected += 1
            self._position = expected
            yield decoded

    def _next(self, expected: int) -> Decoded | None:
        """The next frame at or after `expected`, without consuming it; None at the end of the stream.

        With several threads the report of a broken packet is returned as well: which frame it belongs to is uncertain,
        and that frame may still come out as if it were intact, but never before the report.
        """
        if self._ahead is not None and self._ahead.number >= expected:
            return self._ahead
        for decoded in self._frames:
            if decoded.frame is None and self._threads != 1:
                return decoded
            if decoded.frame is None:
                self._broken.add(decoded.number)
            elif decoded.number >= expected:
                self._ahead = replace(decoded, damaged=decoded.damaged or decoded.number in self._broken)
                self._check(self._ahead, decoded.frame)
                return self._ahead
        return None

    def _go_to(self, start: int) -> None:
        point = self._index.seek_point(start)
        behind = self._position is not None and self._position <= start
        if not behind or self._index.first_frame(point) > (self._position or 0) + NEAR_FRAMES:
            self._start(point)

    def _start(self, point: int) -> None:
        self._ahead = None
        self._broken.clear()
        self._frames = self._decoder.start(point)
        self._position = self._index.first_frame(point)

    def _fresh(self, threads: int) -> FrameDecoder:
        info = self._info
        limits = as_probed(info)
        return FrameDecoder(self._file, info.container, info.stream, self._index, threads=threads, limits=limits)

    def _slow_down(self, expected: int) -> None:
        self.close()
        self._threads = 1
        self._decoder = self._fresh(threads=1)
        self._start(self._index.seek_point(expected))

    def _nearest(self, number: int) -> av.VideoFrame:
        """The last picture before a frame, however far back, else the first one after it; then decoding is resumed."""
        found = self._before(number) or next(
            (decoded.frame for decoded in self._decoder.start(0) if decoded.frame is not None), None
        )
        if found is None:
            raise InputRefused(Reason.DECODE_ERROR, "no frame of the video can be decoded; give an undamaged file")
        if self._position is not None:
            self._start(self._index.seek_point(min(self._position, len(self._index) - 1)))
        return found

    def _before(self, number: int) -> av.VideoFrame | None:
        found: av.VideoFrame | None = None
        for point in range(self._index.seek_point(number), -1, -1):
            for decoded in self._decoder.start(point):
                if decoded.frame is None:
                    continue
                if decoded.number >= number:
                    break
                found = decoded.frame
            if found is not None:
                break
            number = self._index.first_frame(point)
        return found

    def _check(self, decoded: Decoded, frame: av.VideoFrame) -> None:
        info, number = self._info, decoded.number
        found = (frame.width, frame.height, frame.format.name)
        if found != (info.width, info.height, info.pixel_format):
            raise InputRefused(
                Reason.PIXEL_FORMAT_NOT_SUPPORTED,
                f"{self._name([number])} is {found[0]}x{found[1]} {found[2]}, and the video began with"
                f" {info.width}x{info.height} {info.pixel_format}; split it there",
            )
        if not decoded.damaged and decoded.aspect != (info.coded_aspect_ratio or decoded.aspect):
            raise InputRefused(
                Reason.PIXEL_FORMAT_NOT_SUPPORTED,
                f"from {self._name([number])} on, pixels are {decoded.aspect} times as wide as high, and the video"
                f" began with {info.coded_aspect_ratio}; split it there",
            )
        if not decoded.damaged and (colour := sidedata.colour_of(frame)) != info.colour:
            raise InputRefused(
                Reason.PIXEL_FORMAT_NOT_SUPPORTED,
                f"from {self._name([number])} on, colours are described by {_in_words(colour)}, and the video began"
                f" with {_in_words(info.colour)}; split it there",
            )
        if frame.interlaced_frame:
            raise InputRefused(Reason.INTERLACED, f"{self._name([number])} is interlaced; deinterlace the video first")

    def _name(self, numbers: list[int]) -> str:
        """Frames for messages: as ranges, with the time of the first."""
        runs: list[list[int]] = []
        for number in numbers:
            if runs and number == runs[-1][1] + 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        words = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
        seconds = float(self._index.pts[numbers[0]] * self._info.time_base)
        return f"frame{'s' if len(numbers) > 1 else ''} {words} (at {seconds:.3f} s)"


def _in_words(colour: Colour) -> str:
    """Code points of H.273, as ffprobe shows them."""
    samples = {True: "full", False: "limited", None: "unspecified"}[colour.full_range]
    return f"primaries {colour.primaries}, transfer {colour.transfer}, matrix {colour.matrix}, {samples} range"
