"""Which tracks of the source go into the result, and how; those that cannot are reported. Knows nothing of packets.

Whether a container can hold a track is up to the muxer: it is tried with a file of that track alone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.stream import Discard, Disposition, Stream

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container

from .open import QUICKTIME, TAG_ERRORS, legible

MUXERS = {Container.MP4: "mp4", Container.MOV: "mov", Container.MKV: "matroska", Container.WEBM: "webm"}

_COUNTED_ANEW = frozenset({"duration", "bps", "number_of_frames", "number_of_bytes", "encoder", "vendor_id"})
"""Statistics of a track; Matroska's may have a language suffix, as `BPS-eng`."""
CAPTIONING = frozenset({"libx264", "libx265"})
"""Encoders that write closed captions."""
_IMAGE_SUFFIX = {"mjpeg": ("jpg", "image/jpeg"), "png": ("png", "image/png"), "bmp": ("bmp", "image/bmp")}


@dataclass(frozen=True)
class TrackPlan:
    """What becomes of each track beside the video: it is copied, becomes an attachment, or is left out."""

    copied: tuple[Stream, ...]
    attached: tuple[Stream, ...]
    notes: tuple[Finding, ...]
    """What is left out."""
    unswapped: tuple[Finding, ...]
    """Copied tracks that show pictures, whose faces stay."""
    unsaid: tuple[Finding, ...]
    """Copied tracks that lose some of their metadata."""


def plan_tracks(source: InputContainer, video: int, container: Container) -> TrackPlan:
    """Decides on every track but stream `video`."""
    copied, attached, notes = [], [], []
    for stream in source.streams:
        if stream.index == video or _is_written_anew(stream, container):
            continue
        if container is Container.MKV and _is_picture(stream):
            attached.append(stream)
        elif _holds(stream, container):
            copied.append(stream)
        else:
            notes.append(_note(stream, container))
    shown = (stream for stream in (*copied, *attached) if _shows_pictures(stream))
    unsaid = (_unsaid(stream) for stream in copied if container is Container.MKV and _needs_layout(stream))
    return TrackPlan(tuple(copied), tuple(attached), tuple(notes), tuple(map(_unswapped, shown)), tuple(unsaid))


def caption_notes(info: VideoInfo, encoding: VideoEncoding) -> tuple[Finding, ...]:
    """A note where closed captions (CEA-608/708), which are inside the frames, are lost by the encoder."""
    if not info.closed_captions or encoding.encoder in CAPTIONING:
        return ()
    message = (
        f"The closed captions inside the pictures are left out: {encoding.encoder} cannot hold them. "
        f"Choose encoder {' or '.join(sorted(CAPTIONING))} to keep them."
    )
    return (Finding(reason=Reason.TRACK_NOT_COPYABLE, message=message),)


def refuse(notes: Sequence[Finding]) -> None:
    """Raises InputRefused TRACK_NOT_COPYABLE where there is a note."""
    if notes:
        raise InputRefused(Reason.TRACK_NOT_COPYABLE, " ".join(note.message for note in notes))


def add_copy(output: OutputContainer, stream: Stream) -> Stream:
    """A track like `stream`, with its language, title and disposition."""
    copy = output.add_stream_from_template(stream, opaque=True)
    describe(copy, stream)
    return copy


def describe(copy: Stream, stream: Stream) -> None:
    """Copies a track's metadata and disposition, except statistics, which the muxer writes itself.

    MP4's demuxer calls a track's title `name`, its muxer only takes `title`.
    """
    copy.metadata.update(
        ("title" if key == "name" else key, value)
        for key, value in stream.metadata.items()
        if key.lower().partition("-")[0] not in _COUNTED_ANEW and not key.startswith("_STATISTICS")
    )
    copy.disposition = stream.disposition


def attach_picture(output: OutputContainer, stream: Any, data: bytes) -> None:
    """Cover art in Matroska is an attached file."""
    suffix, mimetype = _IMAGE_SUFFIX[stream.codec_context.name]
    output.add_attachment(stream.metadata.get("filename", f"cover.{suffix}"), mimetype, data)


def is_gap(packet: av.Packet[Any]) -> bool:
    """Whether it is the empty sample that QuickTime has between two subtitles, which the muxer adds itself."""
    return packet.stream.type == "subtitle" and bytes(packet) == b"\x00\x00"


def _is_picture(stream: Any) -> bool:
    known = stream.codec_context is not None and stream.codec_context.name in _IMAGE_SUFFIX
    return bool(stream.disposition & Disposition.attached_pic) and known


def _shows_pictures(stream: Any) -> bool:
    attached = stream.type == "attachment" and str(stream.mimetype).startswith(("image/", "video/"))
    return attached or stream.type == "video"


def _is_written_anew(stream: Stream, container: Container) -> bool:
    """Whether the muxer makes it: QuickTime's chapter and timecode tracks, of the chapters and the `timecode` tag."""
    if stream.type != "data":
        return False
    is_chapters = stream.discard == Discard.all
    return is_chapters or (container in QUICKTIME and "timecode" in stream.metadata)


def _holds(stream: Stream, container: Container) -> bool:
    if _is_picture(stream):
        return container is Container.MKV or (container is not Container.MOV and _fits(stream, container))
    return _is_written_anew(stream, container) or _fits(stream, container)


def _fits(stream: Stream, container: Container) -> bool:
    if stream.type == "data" and stream.name is None:
        return False  # MOV's muxer takes its packets and not what says how to read them
    try:
        with av.open(io.BytesIO(), "w", format=MUXERS[container], metadata_errors=TAG_ERRORS) as trial:
            copy = add_copy(trial, stream)
            trial.start_encoding()
            if stream.type == "audio" and stream.codec_context.name.startswith("pcm_"):
                _mux_silence(trial, copy)
    except (av.FFmpegError, ValueError):
        return False
    return True


def _mux_silence(trial: OutputContainer, copy: Stream) -> None:
    """MP4's muxer only reports what PCM lacks, such as a channel layout, once there are samples."""
    packet: av.Packet[Any] = av.Packet(bytes(96))
    packet.stream, packet.pts, packet.dts, packet.duration = copy, 0, 0, 1
    trial.mux(packet)


def _unswapped(stream: Any) -> Finding:
    return Finding(
        reason=Reason.TRACK_NOT_SWAPPED,
        message=f"Track {stream.index}, {_named(stream)}, is copied as it is, with every face that it shows: only the "
        "video track that players choose is swapped. Take it out of the target if nobody is to see them.",
    )


def _needs_layout(stream: Any) -> bool:
    """Whether it is PCM of more than two channels, whose layout only the container can carry."""
    if stream.type != "audio" or not stream.codec_context.name.startswith("pcm_"):
        return False
    return stream.layout.nb_channels > 2 and not stream.layout.name.endswith(" channels")


def _unsaid(stream: Any) -> Finding:
    return Finding(
        reason=Reason.METADATA_NOT_KEPT,
        message=f"Track {stream.index}, {_named(stream)}: mkv does not say which of its {stream.layout.nb_channels} "
        f"channels is which ({stream.layout.name}). Choose mov in spec.output.video.container to keep that.",
    )


def _note(stream: Any, container: Container) -> Finding:
    others = [other for other in MUXERS if other is not container and _holds(stream, other)]
    advice = (
        f"Choose {' or '.join(others)} in spec.output.video.container to keep it."
        if others
        else "No container that is written here can."
    )
    return Finding(
        reason=Reason.TRACK_NOT_COPYABLE,
        message=f"Track {stream.index}, {_named(stream)}, is left out: {container} cannot hold it. {advice}",
    )


def _named(stream: Any) -> str:
    kind = "cover art" if stream.disposition & Disposition.attached_pic else stream.type
    kind = "timecode" if "timecode" in stream.metadata else kind
    codec = stream.codec_context.name if stream.codec_context is not None else stream.name
    named = " ".join(
        [kind, codec or "of an unknown codec"]
        + [f"({stream.metadata[key]})" for key in ("title", "handler_name", "language") if stream.metadata.get(key)]
    )
    return legible(named)
