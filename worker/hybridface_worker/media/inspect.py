"""Probes a video: its description and its frame table, or why it is refused.

Puts together the other modules of this package. Limits are checked before anything is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, Literal, cast, get_args

from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import Track, VideoInfo
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, Limits

from .boxes import encrypted_tracks, has_clean_aperture, presented_end, unread
from .extent import check_whole, file_size
from .index import FrameIndex, PacketTable, build_index
from .look import Look, look
from .open import QUICKTIME, legible, open_video
from .scan import CODECS, codec_name, picture_track, scan_packets
from .sidedata import CLEAN_APERTURE

PIXEL_FORMATS = frozenset(
    f"yuv{sampling}{depth}" for sampling in ("420p", "422p", "444p") for depth in ("", "10le", "12le")
) | {"yuvj420p", "yuvj422p", "yuvj444p", "nv12", "gray", "gray10le", "gbrp", "gbrp10le"}
"""What `picture` can read and write."""

_DOLBY_TAGS = frozenset({"dvh1", "dvhe", "dva1", "dvav", "dav1"})
_INTERLACED_ORDERS = frozenset({2, 3, 4, 5})
"""AVFieldOrder: everything beyond unknown and progressive."""
_RATE_TOLERANCE = Fraction(1, 1000)
_Kind = Literal["audio", "subtitle", "data", "attachment", "video"]


@dataclass(frozen=True)
class _Described:
    """What the container says; it is closed by the time that frames are decoded."""

    stream: int
    codec: str
    profile: str | None
    codec_tag: str | None
    rate: Fraction
    sample_aspect_ratio: Fraction
    alpha: bool
    tracks: tuple[Track, ...]
    chapters: int


def inspect_video(
    file: BinaryIO, container: Container, limits: Limits
) -> tuple[VideoInfo, FrameIndex, tuple[Finding, ...]]:
    """Reads all packets of a video without decoding, then decodes a few of its frames.

    Returns:
        The description, the frame table, and notes that are no refusal.

    Raises:
        InputRefused: with the reason, a message for people, and what to do about it.
    """
    if (size := file_size(file)) > limits.max_bytes:
        raise limits.exceeded(f"the file has {size} bytes", "max_bytes")
    check_whole(file, container)
    _check_keys(file, size, container)
    with open_video(file, container, limits) as opened:
        stream = picture_track(opened)
        _check_track(opened, stream, limits)
        described = _describe(opened, stream)
        packets = scan_packets(opened, stream, container, limits)
        # These move the position of the file, which is the demuxer's until it has read everything.
        packets.track_end = _track_end(file, size, container, stream)
        beside = _beside(file, size, container, stream)
    index = build_index(packets)
    # An MPEG-4 packet may hold no picture, or one that belongs to the packet before.
    whole = described.codec == "mpeg4"
    looks, shown = look(file, container, described.stream, index, limits, whole=whole, midway=packets.begins_midway)
    _check_looks(looks, described)
    notes = _notes(len(index) - len(shown))
    beside = beside.union(*(seen.beside for seen in looks))
    return _info(container, described, packets, shown, looks, beside), shown, notes


def _check_keys(file: BinaryIO, size: int, container: Container) -> None:
    """Refuses encrypted tracks: they would be copied without their keys. Rewinds the file."""
    tracks = encrypted_tracks(file, size) if container in QUICKTIME else ()
    file.seek(0)
    if tracks:
        named = ", ".join(map(str, tracks))
        raise InputRefused(
            Reason.CODEC_NOT_ALLOWED, f"the file is encrypted (DRM; tracks {named}): give one without copy protection"
        )


def _check_track(opened: InputContainer, stream: VideoStream, limits: Limits) -> None:
    if len(opened.streams) > limits.max_tracks:
        raise limits.exceeded(f"the file has {len(opened.streams)} tracks", "max_tracks")
    if (codec := codec_name(stream)) not in CODECS:
        raise InputRefused(
            Reason.CODEC_NOT_ALLOWED,
            f"the video is coded as {codec}; {', '.join(CODECS)} are read: convert it to one of these",
        )
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > limits.max_pixels:
        raise limits.exceeded(f"the picture has {width}x{height} pixels", "max_pixels")
    if stream.codec_context.codec_tag in _DOLBY_TAGS:
        raise _dynamic_hdr("Dolby Vision")
    if stream.codec_context.field_order in _INTERLACED_ORDERS:
        raise _interlaced()


def _describe(opened: InputContainer, stream: VideoStream) -> _Described:
    tag = stream.codec_context.codec_tag.strip("\0 ")
    return _Described(
        stream=stream.index,
        codec=codec_name(stream),
        profile=stream.profile,
        codec_tag=tag if tag.isprintable() and tag else None,
        rate=stream.average_rate or Fraction(0),
        sample_aspect_ratio=stream.sample_aspect_ratio or Fraction(1),
        alpha=("alpha_mode", "1") in {(name.lower(), value) for name, value in stream.metadata.items()},
        tracks=tuple(_track(other) for other in opened.streams if other.index != stream.index),
        chapters=len(opened.chapters()),
    )


def _track(stream: Stream) -> Track:
    kind = cast("_Kind", stream.type if stream.type in get_args(_Kind) else "data")
    language = legible(stream.language) if stream.language else None
    return Track(index=stream.index, kind=kind, codec=codec_name(stream), language=language)


def _beside(file: BinaryIO, size: int, container: Container, stream: VideoStream) -> frozenset[str]:
    """Metadata of the container that neither demuxer nor decoder exposes."""
    if container not in QUICKTIME:
        return frozenset()
    boxes = frozenset(f"box {path}" for path in unread(file, size))
    return boxes | ({CLEAN_APERTURE} if has_clean_aperture(file, size, stream.id) else set())


def _track_end(file: BinaryIO, size: int, container: Container, stream: VideoStream) -> int | None:
    if container not in QUICKTIME or stream.time_base is None:
        return None
    seconds = presented_end(file, size, stream.id)
    return round(seconds / stream.time_base) if seconds is not None else None


def _check_looks(looks: list[Look], described: _Described) -> None:
    first = looks[0]
    if described.alpha or first.alpha:
        raise InputRefused(
            Reason.ALPHA_NOT_SUPPORTED, "the video has transparency, which would be lost; remove it first"
        )
    if first.pixel_format not in PIXEL_FORMATS:
        raise InputRefused(
            Reason.PIXEL_FORMAT_NOT_SUPPORTED,
            f"the picture is {first.pixel_format}; convert it to one of {', '.join(sorted(PIXEL_FORMATS))}",
        )
    if len({(seen.width, seen.height, seen.pixel_format, seen.aspect, seen.colour) for seen in looks}) > 1:
        raise InputRefused(
            Reason.PIXEL_FORMAT_NOT_SUPPORTED,
            "the picture's size, format or aspect ratio, or the description of its colours, changes on the way; split"
            " the video there",
        )
    if any(seen.interlaced for seen in looks):
        raise _interlaced()
    if name := next((seen.dynamic_hdr for seen in looks if seen.dynamic_hdr), None):
        raise _dynamic_hdr(name)


def _info(
    container: Container,
    described: _Described,
    packets: PacketTable,
    index: FrameIndex,
    looks: list[Look],
    beside: frozenset[str],
) -> VideoInfo:
    first = looks[0]
    end = int(index.pts[-1] + index.durations[-1])
    seconds = Fraction(end - int(index.pts[0])) * packets.time_base
    return VideoInfo(
        container=container,
        stream=described.stream,
        codec=described.codec,
        profile=described.profile,
        codec_tag=described.codec_tag,
        width=first.width,
        height=first.height,
        pixel_format=first.pixel_format,
        bit_depth=first.bit_depth,
        time_base=packets.time_base,
        frames=len(index),
        packets=len(packets.pts),
        start_pts=int(index.pts[0]),
        end_pts=end,
        average_rate=_rate(described.rate, len(index) / seconds),
        has_b_frames=packets.reordered,
        rotation=first.rotation,
        display_matrix=first.display_matrix,
        sample_aspect_ratio=described.sample_aspect_ratio,
        coded_aspect_ratio=first.aspect,
        colour=first.colour,
        hdr=next((seen.hdr for seen in looks if seen.hdr), None),
        closed_captions=any(seen.captions for seen in looks),
        beside=tuple(sorted(beside)),
        bit_rate=round(packets.size * 8 / seconds),
        tracks=described.tracks,
        chapters=described.chapters,
        index_sha256=index.digest(),
    )


def _rate(named: Fraction, counted: Fraction) -> Fraction:
    """The container's rate, which is exact where its clock is coarse, unless the frames contradict it."""
    return named if abs(named - counted) <= counted * _RATE_TOLERANCE else counted


def _notes(unshown: int) -> tuple[Finding, ...]:
    if not unshown:
        return ()
    message = f"{unshown} packets of the video track show no picture: players pass over them, and so does the result"
    return (Finding(reason=Reason.DECODE_ERROR, message=message),)


def _interlaced() -> InputRefused:
    return InputRefused(Reason.INTERLACED, "the video is interlaced; deinterlace it first")


def _dynamic_hdr(name: str) -> InputRefused:
    return InputRefused(
        Reason.DYNAMIC_HDR,
        f"the video carries {name} metadata, which describes the original picture scene by scene and would no longer"
        " fit; convert it to HDR10 or SDR first",
    )
