"""Opens the result's container so that no default changes timestamps or tags. Knows nothing of chunks."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container

from . import aspect
from .open import QUICKTIME, TAG_ERRORS, legible
from .sidedata import describe_pictures
from .tracks import MUXERS, TrackPlan, describe

_WITHOUT_ASPECT = frozenset({"libvpx-vp9", "libsvtav1", "ffv1"})
_TIMESCALE_MAX = 2**31 - 1
_OF_THE_FILE = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder", "duration"})
_ITUNES = frozenset(
    (
        *("title", "artist", "album_artist", "composer", "album", "date", "comment", "genre", "copyright", "grouping"),
        *("lyrics", "description", "synopsis", "show", "episode_id", "episode_sort", "season_number", "network"),
        *("keywords", "media_type", "hd_video", "gapless_playback", "compilation", "track", "disc", "tmpo"),
        *("location", "creation_time", "timecode"),
    )
)
"""Tags that MP4 has its own atoms for; others go into the QuickTime key list, which excludes cover art."""
_QUICKTIME = frozenset(
    ("title", "artist", "album", "date", "comment", "genre", "copyright", "location", "creation_time", "timecode")
)
"""The same of MOV."""


def create(
    out: Path, source: InputContainer, info: VideoInfo, container: Container, tracks: TrackPlan
) -> OutputContainer:
    """The result's container, without tracks, with the source's tags and chapters.

    Its bytes depend on its content alone: neither date nor library version is written.
    """
    tags = _tags(source)
    options = {"fflags": "+bitexact"}
    if container in QUICKTIME:
        options |= _quicktime_options(info, tracks, _ITUNES if container is Container.MP4 else _QUICKTIME, tags)
    else:
        options |= {"avoid_negative_ts": "disabled", "default_mode": "passthrough", "write_crc32": "0"}
    output = av.open(str(out), "w", format=MUXERS[container], container_options=options, metadata_errors=TAG_ERRORS)
    output.metadata.update(tags)
    if chapters := source.chapters():
        for chapter in chapters if container in QUICKTIME else ():  # whose muxer passes over those without a title
            chapter["metadata"] = {"title": "", **chapter["metadata"]}
        output.set_chapters(chapters)
    return output


def add_video(
    output: OutputContainer, template: VideoStream, source: VideoStream, info: VideoInfo, encoding: VideoEncoding
) -> VideoStream:
    """The swapped video's track: coded as `template` is, with the source's metadata and display properties."""
    stream = output.add_stream_from_template(template, opaque=True)
    context = stream.codec_context
    describe_pictures(context, info)
    context.framerate = info.average_rate
    if encoding.codec_tag is not None:
        context.codec_tag = encoding.codec_tag
    stream.time_base = info.time_base
    if info.display_matrix is not None:
        stream.set_display_matrix(info.display_matrix)
    describe(stream, source)
    if needs_display_size(info, encoding):
        stream.metadata["title"] = stream.metadata.get("title", "") + aspect.PADDING
    return stream


def needs_display_size(info: VideoInfo, encoding: VideoEncoding) -> bool:
    """Whether the aspect ratio has to be patched in afterwards: neither the muxer nor the bitstream carries it."""
    silent = encoding.encoder in _WITHOUT_ASPECT and encoding.container not in QUICKTIME
    return silent and info.sample_aspect_ratio != 1


def interleave(*tracks: Iterable[av.Packet[Any]]) -> Iterator[av.Packet[Any]]:
    """Packets of several tracks by decoding time, one of each track in memory."""
    return heapq.merge(*tracks, key=_decoding_seconds)


def _decoding_seconds(packet: av.Packet[Any]) -> float:
    ticks = packet.dts if packet.dts is not None else packet.pts
    return float((ticks or 0) * packet.time_base)


def tag_notes(source: InputContainer, container: Container, tracks: TrackPlan) -> tuple[Finding, ...]:
    """Tags that are lost: MP4 has either a list for known tags and cover art, or one for tags of any name."""
    foreign = sorted(key for key in _tags(source) if key.lower() not in _ITUNES)
    if container not in QUICKTIME or not foreign or not _has_cover(tracks):
        return ()
    message = f"The tags {legible(', '.join(foreign))} are left out: beside cover art {container} cannot hold them."
    return (Finding(reason=Reason.TRACK_NOT_COPYABLE, message=message),)


def _tags(source: InputContainer) -> dict[str, str]:
    return {key: value for key, value in source.metadata.items() if key.lower() not in _OF_THE_FILE}


def _has_cover(tracks: TrackPlan) -> bool:
    return any(stream.disposition & Disposition.attached_pic for stream in tracks.copied)


def _quicktime_options(
    info: VideoInfo, tracks: TrackPlan, places: frozenset[str], tags: Mapping[str, str]
) -> dict[str, str]:
    has_a_place = places.issuperset(key.lower() for key in tags)
    return {
        "movflags": "+faststart" if has_a_place or _has_cover(tracks) else "+faststart+use_metadata_tags",
        "video_track_timescale": str(_video_timescale(info.time_base, tracks)),
        "movie_timescale": str(_movie_timescale(info.time_base, tracks)),
    }


def _video_timescale(video: Fraction, tracks: TrackPlan) -> int:
    """The muxer has one timescale for all video tracks: the source's, or a common multiple."""
    timescale = video.denominator
    for stream in tracks.copied:
        if isinstance(stream, VideoStream) and not stream.disposition & Disposition.attached_pic and stream.time_base:
            timescale = _common(timescale, stream.time_base.denominator)
    return timescale


def _common(timescale: int, other: int) -> int:
    common = math.lcm(timescale, other)
    return common if common <= _TIMESCALE_MAX else timescale


def _movie_timescale(video: Fraction, tracks: TrackPlan) -> int:
    """Start offsets and edits are in the movie's timescale: a common multiple of the tracks', the video's own first.

    A track whose timescale would make it overflow is left out.
    """
    timescale = video.denominator
    for stream in tracks.copied:
        rate = stream.sample_rate if isinstance(stream, AudioStream) else (stream.time_base or video).denominator
        timescale = _common(timescale, rate)
    return timescale
