"""Encodes the frames of one chunk with the plan's encoder and options; nothing is chosen here.

The same frames and plan give the same bytes. Knows nothing of faces, storage and timestamps: a frame is its number.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.codec.context import ThreadType
from av.video.frame import PictureType
from av.video.stream import VideoStream

from hybridface_worker.contract.errors import InputRefused, LacksPlanError
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import VideoEncoding, is_of_gpu
from hybridface_worker.contract.reasons import Reason

from . import carrier
from .scheduling import be_ordinary
from .sidedata import describe_pictures

_SAME_SAMPLES = {
    ("yuvj420p", "yuv420p"),
    ("yuvj422p", "yuv422p"),
    ("yuvj444p", "yuv444p"),
    ("yuvj440p", "yuv440p"),
    ("nv12", "yuv420p"),
}
"""Pixel formats (of the frame, of the plan) with the same samples in another arrangement or under another name."""

_HELD_BACK = {"libx264": 4, "libx265": 6}
"""Frames that an encoder holds back beyond its `rc-lookahead` and one for each coding thread, found by measuring."""


@dataclass(frozen=True)
class EncodedChunk:
    """A finished carrier file."""

    path: Path
    sha256: str
    frames: int
    extradata_sha256: str
    """Digest of the encoder's global headers: chunks with different ones cannot be one track."""


def lookahead_frames(encoding: VideoEncoding) -> int:
    """How many frames after a chunk the encoder has to see, so that quality does not step at the join.

    x264 and x265 spend bits on a block by how much later frames refer to it, and would otherwise take it that nothing
    refers to the chunk's last frames. Without rate control this makes no difference, and other encoders do not look
    beyond a key frame.
    """
    held_back = _HELD_BACK.get(encoding.encoder)
    parameters = dict(part.partition("=")[::2] for part in encoding.options.get("x265-params", "").split(":"))
    depth = int({**parameters, **encoding.options}.get("rc-lookahead", 0))
    if held_back is None or "crf" not in encoding.options or not depth:
        return 0
    return depth + encoding.threads + held_back


class ChunkEncoder:
    """Takes the frames of one chunk in order, then those of its lookahead, and writes a carrier file.

    It overwrites each frame's pts, time base and picture type: no two encoders may have one frame at a time.
    """

    def __init__(self, encoding: VideoEncoding, info: VideoInfo, path: Path) -> None:
        """Opens the encoder. Packets go to the carrier at `path` as they come.

        Raises:
            LacksPlanError: this build lacks the encoder or one of its options, or this machine the GPU that it needs.
            InputRefused: the encoder does not take such frames.
        """
        self.lookahead = lookahead_frames(encoding)
        self._encoding = encoding
        self._path = path
        self._first: int | None = None
        self._fed = 0
        self._frames: int | None = None
        self._written = 0
        self._output = carrier.create(path)
        self._stream = _add_stream(self._output, encoding)
        _describe(self._stream, encoding, info)
        _open(self._stream, encoding)
        self._output.start_encoding()

    def encode(self, number_in_unit: int, frame: av.VideoFrame) -> None:
        """Encodes the chunk's next frame.

        Raises:
            ValueError: not the number after the one before.
            InputRefused: PIXEL_FORMAT_NOT_SUPPORTED, or a size that is not the encoder's.
        """
        self._first = number_in_unit if self._first is None else self._first
        if self._frames is not None or number_in_unit != self._first + self._fed:
            raise ValueError(f"frame {number_in_unit} does not follow frame {self._first + self._fed - 1}")
        self._feed(frame, number_in_unit, forced=self._fed == 0)

    def look_ahead(self, frame: av.VideoFrame) -> None:
        """Gives the encoder the next frame after the chunk, for its lookahead. Its packet is dropped."""
        begins = self._frames is None
        self._frames = self._fed if self._frames is None else self._frames
        if not self._complete:
            self._feed(frame, (self._first or 0) + self._fed, forced=begins)

    def finish(self) -> EncodedChunk:
        """Closes the carrier and computes its digest.

        Raises:
            InputRefused: VERIFY_FAILED, the encoder gave another number of packets than it was given frames.
        """
        self._frames = self._fed if self._frames is None else self._frames
        if not self._complete:
            self._mux(self._stream.encode(None))
        extradata = self._stream.codec_context.extradata or b""
        self.close()
        if not self._complete:
            raise InputRefused(
                Reason.VERIFY_FAILED,
                f"{self._encoding.encoder} made {self._written} packets of {self._frames} frames: "
                "choose another encoder in spec.output.video.encoder.",
            )
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return EncodedChunk(self._path, digest, self._frames, hashlib.sha256(extradata).hexdigest())

    def close(self) -> None:
        """Closes the encoder and the file; an unfinished chunk stays incomplete."""
        self._output.close()

    @property
    def _complete(self) -> bool:
        return self._written == self._frames

    def _feed(self, frame: av.VideoFrame, number: int, *, forced: bool) -> None:
        frame = self._conform(frame, number)
        frame.pts, frame.time_base = self._fed, 1 / self._encoding.rate
        frame.pict_type = PictureType.I if forced else PictureType.NONE
        self._fed += 1
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[av.Packet[Any]]) -> None:
        for packet in packets:
            rank = round((packet.pts or 0) * packet.time_base * self._encoding.rate)
            if self._frames is not None and rank >= self._frames:
                continue
            carrier.number(packet, rank, round((packet.dts or 0) * packet.time_base * self._encoding.rate))
            self._output.mux(packet)
            self._written += 1

    def _conform(self, frame: av.VideoFrame, number: int) -> av.VideoFrame:
        wanted = self._encoding.pixel_format
        if (frame.width, frame.height) != (self._stream.width, self._stream.height):
            raise InputRefused(
                Reason.PIXEL_FORMAT_NOT_SUPPORTED,
                f"Frame {number} is {frame.width}x{frame.height} where the video is "
                f"{self._stream.width}x{self._stream.height}: a size that changes within a video cannot be kept.",
            )
        if frame.format.name == wanted:
            return frame
        if (frame.format.name, wanted) not in _SAME_SAMPLES:
            raise InputRefused(
                Reason.PIXEL_FORMAT_NOT_SUPPORTED,
                f"Frame {number} is {frame.format.name} where the plan says {wanted}: samples would not be kept.",
            )
        return frame.reformat(format=wanted, src_color_range="JPEG", dst_color_range="JPEG")


def _add_stream(output: av.container.OutputContainer, encoding: VideoEncoding) -> VideoStream:
    if encoding.encoder == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # it has no other way to be kept from writing to standard error
    try:
        stream = output.add_stream(encoding.encoder, rate=encoding.rate, options=dict(encoding.options))
    except (av.codec.codec.UnknownCodecError, ValueError):
        raise LacksPlanError(
            Reason.LACKS_PLAN, f"The plan names the encoder {encoding.encoder}, which this build of FFmpeg lacks."
        ) from None
    return cast("VideoStream", stream)


def _describe(stream: VideoStream, encoding: VideoEncoding, info: VideoInfo) -> None:
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = info.width, info.height, encoding.pixel_format
    context.time_base = Fraction(1 / encoding.rate)
    context.thread_count, context.thread_type = encoding.threads, ThreadType.FRAME
    describe_pictures(context, info)


def _open(stream: VideoStream, encoding: VideoEncoding) -> None:
    context = stream.codec_context
    try:
        context.open()
        be_ordinary()
    except (av.FFmpegError, ValueError) as error:
        if is_of_gpu(encoding.encoder):
            raise LacksPlanError(
                Reason.LACKS_PLAN,
                f"{encoding.encoder} does not open here: it wants an NVIDIA GPU with an encoder, which A100"
                " and H100 lack, and the driver's library for it. Allow the job a pool that has both, or choose"
                " encoder auto in spec.output.video.",
            ) from None
        raise InputRefused(
            Reason.ENCODER_NOT_POSSIBLE,
            f"{encoding.encoder} does not open for {context.width}x{context.height} {encoding.pixel_format} "
            f"with {encoding.options}: {error}",
        ) from None
    if context.options:
        raise LacksPlanError(
            Reason.LACKS_PLAN,
            f"This build's {encoding.encoder} does not know the plan's options: {', '.join(sorted(context.options))}.",
        )
