"""Reads the packets of a video track for its frame table, without decoding or keeping them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
from av.codec.context import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, Limits

from .bitstream import may_start, refers_back, shows_picture
from .extent import truncated
from .index import PacketTable
from .open import QUICKTIME

CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4", "ffv1")


def picture_track(opened: InputContainer) -> VideoStream:
    """The video stream that a player shows: the default one, else the first; never a cover picture.

    Raises:
        InputRefused: NO_VIDEO_STREAM.
    """
    still = Disposition.attached_pic | Disposition.timed_thumbnails
    moving = [stream for stream in opened.streams.video if not stream.disposition & still]
    if not moving:
        raise InputRefused(
            Reason.NO_VIDEO_STREAM, f"the file has no video track, only {_kinds(opened)}; give a file with a picture"
        )
    return next((stream for stream in moving if stream.disposition & Disposition.default), moving[0])


def codec_name(stream: Stream) -> str:
    """The codec's canonical name, whichever decoder is used; `unknown` where there is none."""
    context: CodecContext | None = stream.codec_context
    if context is not None:
        return context.codec.canonical_name
    return "tmcd" if "timecode" in stream.metadata else stream.name or "unknown"


def only(opened: InputContainer, stream: VideoStream) -> None:
    """Has the demuxer discard every other stream."""
    for other in opened.streams:
        if other.index != stream.index:
            other.discard = Discard.all


def scan_packets(opened: InputContainer, stream: VideoStream, container: Container, limits: Limits) -> PacketTable:
    """Reads every packet of `stream`.

    Raises:
        InputRefused: NO_FRAMES, BAD_TIMESTAMPS for a packet without one, INPUT_TRUNCATED for packets cut short or
            missing, LIMIT_EXCEEDED.
    """
    codec, extradata = codec_name(stream), stream.codec_context.extradata or b""
    table = PacketTable(stream.time_base or Fraction(1, 1000))
    only(opened, stream)
    read = 0
    for packet in _packets(opened, stream):
        read += 1
        if not packet.size:
            continue
        if packet.pts is None:
            raise InputRefused(
                Reason.BAD_TIMESTAMPS,
                f"packet {read} of the video track has no presentation timestamp; remux the video",
            )
        if packet.is_corrupt:
            raise truncated(f"packet {read} of its video track ends before it is complete")
        data = memoryview(packet)
        if not table.size:
            table.begins_midway = refers_back(codec, extradata, data)
        table.append(
            packet.pts,
            packet.duration or 0,
            presented=not packet.is_discard and shows_picture(codec, data),
            seekable=packet.is_keyframe and may_start(codec, extradata, data),
        )
        table.size += packet.size
        _check_limits(table, limits)
    listed = min(stream.frames, len(stream.index_entries)) if container in QUICKTIME else 0
    if read < listed:
        raise truncated(f"its video track lists {listed} samples, and only {read} are there")
    return table


def _packets(opened: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    try:
        for packet in opened.demux(stream):
            if packet.size or packet.pts is not None:
                yield packet
    except av.FFmpegError as error:
        raise InputRefused(Reason.INPUT_UNREADABLE, f"the file is damaged between its packets ({error})") from None


def _check_limits(table: PacketTable, limits: Limits) -> None:
    if len(table.pts) > limits.max_frames:
        raise limits.exceeded("the video has too many frames", "max_frames")
    if abs(table.pts[-1] - table.pts[0]) * table.time_base > limits.max_duration_seconds:
        raise limits.exceeded("the video lasts too many seconds", "max_duration_seconds")


def _kinds(opened: InputContainer) -> str:
    kinds = sorted({"a picture" if stream.type == "video" else str(stream.type) for stream in opened.streams})
    return " and ".join(kinds) or "no tracks at all"
