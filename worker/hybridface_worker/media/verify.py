"""Compares a merged video with its source before it is published: frames, timestamps, tags, and every copied track.

Reads the file with the code that probes sources, and decodes no more than that does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, Limits

from . import sidedata, tracks
from .index import FrameIndex
from .inspect import inspect_video
from .merge import MergeResult
from .meter import CopiedTrack, Meter
from .open import QUICKTIME, open_video

MATROSKA_TICK = Fraction(1, 1000)
"""The tick of muxed Matroska: TimestampScale's default, a millisecond (RFC 9559)."""

UNLIMITED = Limits(
    max_bytes=2**62, max_pixels=2**31 - 1, max_frames=2**62, max_duration_seconds=2**31, max_tracks=2**31
)
"""For results, which may be larger than their sources, and have one more track for chapters."""


@dataclass(frozen=True)
class Verified:
    """A result that matches its source."""

    info: VideoInfo
    """Its own description."""
    index: FrameIndex
    """Its own frame table."""
    notes: tuple[Finding, ...]
    """How far timestamps moved where the container's time base is coarser than the source's, and what side data was
    lost; empty where all is exact."""


def verify_video(
    file: BinaryIO, info: VideoInfo, index: FrameIndex, encoding: VideoEncoding, result: MergeResult
) -> Verified:
    """Checks a file, open at its beginning, against the source's description, frame table and copied tracks.

    Raises:
        InputRefused: VERIFY_FAILED, with everything that differs.
    """
    found, table, _ = inspect_video(file, encoding.container, UNLIMITED)
    file.seek(0)
    with open_video(file, encoding.container, UNLIMITED) as container:
        copied = _measure(container, result)
    differences = [*_tags(info, found), *_copies(result, copied, found.time_base)]
    notes = _lost_beside(info, found)
    if encoding.encoder in tracks.CAPTIONING:
        notes = (*notes, *_lost_captions(info, found))
    if len(table) != len(index):
        differences.append(f"{len(table)} frames are presented instead of {len(index)}")
    else:
        late, longer = clock_errors(index, info.time_base, table, found.time_base)
        allowed = clock_tolerance(encoding.container, info.time_base)
        if late > allowed or longer > 2 * allowed:
            differences.append(f"frames are up to {_ms(late)} off in time and {_ms(longer)} in duration")
        elif late or longer:
            notes = (*notes, _rounded(encoding.container, late))
    if differences:
        raise InputRefused(Reason.VERIFY_FAILED, f"The merged video is not the source's: {'; '.join(differences)}.")
    return Verified(found, table, notes)


def clock_tolerance(container: Container, time_base: Fraction) -> Fraction:
    """Seconds by which a timestamp may move: 0, or half a millisecond where Matroska's tick is too coarse."""
    exact = container in QUICKTIME or (time_base / MATROSKA_TICK).denominator == 1
    return Fraction(0) if exact else MATROSKA_TICK / 2


def clock_errors(
    source: FrameIndex, source_base: Fraction, result: FrameIndex, result_base: Fraction
) -> tuple[Fraction, Fraction]:
    """The largest difference in pts and in duration, in seconds, between two tables with equally many frames."""
    scale = math.lcm(source_base.denominator, result_base.denominator)

    def worst(ours: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64]) -> Fraction:
        return Fraction(int(np.abs(ours * int(source_base * scale) - theirs * int(result_base * scale)).max()), scale)

    return worst(source.pts, result.pts), worst(source.durations, result.durations)


def _tags(info: VideoInfo, found: VideoInfo) -> Iterator[str]:
    pairs = {
        "size": ((info.width, info.height), (found.width, found.height)),
        "orientation": (_orientation(info), _orientation(found)),
        "sample aspect ratio": (info.sample_aspect_ratio, found.sample_aspect_ratio),
        "bit depth": (info.bit_depth, found.bit_depth),
        "full range": (bool(info.colour.full_range), bool(found.colour.full_range)),
        "primaries": (info.colour.primaries, found.colour.primaries),
        "transfer": (info.colour.transfer, found.colour.transfer),
        "matrix": (info.colour.matrix, found.colour.matrix),
        "HDR metadata": (info.hdr, found.hdr),
        "number of chapters": (info.chapters, found.chapters),
    }
    for name, (wanted, got) in pairs.items():
        if wanted != got:
            yield f"{name} is {got} instead of {wanted}"


def _orientation(info: VideoInfo) -> tuple[int, ...]:
    """How the display matrix rotates and mirrors: its signs. Containers scale it as they like."""
    turn = info.display_matrix or (1, 0, 0, 0, 1)
    return tuple((turn[at] > 0) - (turn[at] < 0) for at in (0, 1, 3, 4))


def _measure(container: InputContainer, result: MergeResult) -> dict[int, CopiedTrack]:
    meters = {track.index: Meter(track.index, track.kind) for track in result.tracks}
    streams = [stream for stream in container.streams if stream.index in meters]
    for packet in container.demux(*streams) if streams else ():
        if packet.size and not tracks.is_gap(packet):
            meters[packet.stream_index].take(packet)
    return {index: meter.result() for index, meter in meters.items()}


def _copies(result: MergeResult, copied: dict[int, CopiedTrack], tick: Fraction) -> Iterator[str]:
    for track in result.tracks:
        got = copied[track.index]
        if (got.size, got.sha256) != (track.size, track.sha256):
            yield f"track {track.index} ({track.kind}) holds {got.size} bytes that are not the source's {track.size}"
        elif track.start is not None and got.start is not None and abs(got.start - track.start) > tick:
            yield f"track {track.index} ({track.kind}) starts {_ms(abs(got.start - track.start))} off"


def _lost_captions(info: VideoInfo, found: VideoInfo) -> tuple[Finding, ...]:
    if not info.closed_captions or found.closed_captions:
        return ()
    message = "Closed captions inside the pictures did not come through; keep them in a subtitle track."
    return (Finding(reason=Reason.TRACK_NOT_COPYABLE, message=message),)


def _lost_beside(info: VideoInfo, found: VideoInfo) -> tuple[Finding, ...]:
    lost = dict.fromkeys(sidedata.BESIDE.get(name, name) for name in info.beside if name not in found.beside)
    if not lost:
        return ()
    message = f"Left out, since it cannot be written with this encoder and container: {', '.join(lost)}."
    return (Finding(reason=Reason.METADATA_NOT_KEPT, message=message),)


def _rounded(container: Container, late: Fraction) -> Finding:
    return Finding(
        reason=Reason.TIMESTAMPS_ROUNDED,
        message=f"{container.value} counts in milliseconds: frames moved by up to {_ms(late)}. "
        "Choose the source's container, mp4 or mov to keep every timestamp.",
    )


def _ms(seconds: Fraction) -> str:
    return f"{float(seconds * 1000):.3f} ms"
