"""Decodes a file from any seek point on: frames in the order of the decoder, and what was damaged.

Knows the frame table and nothing of ranges, concealment or jobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from hybridface_worker.contract.spec import Container, Limits

from .index import FrameIndex
from .open import open_video
from .scan import codec_name, only

_SAYS_NOTHING = {"hevc"}
"""Decoders that conceal damage silently, unless they are told to raise errors."""
_SAYS_TOO_LATE = {"h264"}
"""Decoders that, with several threads, may output a frame before it is marked as damaged."""


@dataclass(frozen=True)
class Decoded:
    """A frame that was decoded; without `frame`, the report that its packet is broken."""

    number: int
    frame: av.VideoFrame | None
    damaged: bool
    aspect: Fraction = Fraction(1)
    """Sample aspect ratio by the codec's headers; 1 where they have none."""


class FrameDecoder:
    """Decodes one stream from seek points on, with `threads` threads, 0 for one per core. Not thread-safe.

    With several threads a broken packet may cost more frames than its own, or be reported for another one.
    """

    def __init__(
        self,
        file: BinaryIO,
        container: Container,
        stream: int,
        index: FrameIndex,
        *,
        threads: int,
        limits: Limits,
    ) -> None:
        self._file = file
        self._container = container
        self._stream_index = stream
        self._index = index
        self._threads = threads
        self._limits = limits
        self._opened: tuple[InputContainer, VideoStream] | None = None

    def start(self, point: int) -> Iterator[Decoded]:
        """Decodes from a seek point to the end of the stream; earlier iterators become invalid.

        Frames come in display order unless the stream is broken; those before the seek point's first are dropped.

        Raises:
            InputRefused: INPUT_UNREADABLE.
        """
        first = self._index.first_frame(point)
        for decoded in self._decode(self._packets(point)):
            if decoded.number >= first:
                yield decoded

    def close(self) -> None:
        """Closes the decoder; the file stays open."""
        if self._opened is not None:
            self._opened[0].close()
            self._opened = None

    def _decode(self, packets: Iterator[Packet[VideoStream]]) -> Iterator[Decoded]:
        for packet in packets:
            if not packet.size and packet.pts is not None:
                continue  # an empty sample would end the decoding: only the demuxer's last packet may
            try:
                frames = packet.stream.codec_context.decode(packet)
            except av.FFmpegError:
                number = self._index.number(packet.pts)
                if number is None and self._threads != 1:  # the last packets are heard of when no more are sent
                    number = len(self._index)
                if number is not None:
                    yield Decoded(number, None, damaged=True)
                continue
            aspect = packet.stream.codec_context.sample_aspect_ratio or Fraction(1)
            for frame in frames:
                number = self._index.number(frame.pts)
                if number is not None:
                    yield Decoded(number, frame, frame.is_corrupt, aspect)

    def _packets(self, point: int) -> Iterator[Packet[VideoStream]]:
        """Packets from a seek point on. Where the demuxer lands after it, seeks to the one before."""
        wanted = int(self._index.seek_pts[point])
        for landing in (point, point - 1):
            if landing <= 0:
                break
            opened, stream = self._open()
            try:
                opened.seek(int(self._index.seek_pts[landing]), stream=stream)
            except av.FFmpegError:
                break
            packets = opened.demux(stream)
            if (found := _skip_to(packets, wanted)) is not None:
                yield found
                yield from packets
                return
        self.close()
        opened, stream = self._open()
        packets = opened.demux(stream)
        if point and (found := _skip_to(packets, wanted)) is not None:
            yield found
        yield from packets

    def _open(self) -> tuple[InputContainer, VideoStream]:
        if self._opened is not None:
            return self._opened
        opened = open_video(self._file, self._container, self._limits)
        stream = opened.streams[self._stream_index]
        if not isinstance(stream, VideoStream):
            raise TypeError(f"stream {self._stream_index} is no video stream")
        only(opened, stream)
        context = stream.codec_context
        context.thread_type = "SLICE" if self._threads == 1 else "AUTO"
        context.thread_count = self._threads
        context.flags |= Flags.unaligned  # crops to the sample; else pictures keep columns that no player shows
        context.options = {"max_pixels": str(self._limits.max_pixels)}
        if codec_name(stream) in _SAYS_NOTHING or (codec_name(stream) in _SAYS_TOO_LATE and self._threads != 1):
            context.options["err_detect"] = "explode"
        self._opened = opened, stream
        return self._opened


def _skip_to(packets: Iterator[Packet[VideoStream]], wanted: int) -> Packet[VideoStream] | None:
    for packet in packets:
        if packet.pts == wanted:
            return packet
        if packet.is_keyframe and packet.pts is not None and packet.pts > wanted:
            return None
    return None
