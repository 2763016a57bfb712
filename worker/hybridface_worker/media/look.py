"""Decodes a few frames to find out what packets alone cannot tell: what the decoder really outputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av
import numpy as np

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import Colour, StaticHdr
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, Limits

from . import sidedata
from .frames import Decoded, FrameDecoder
from .index import FrameIndex

OPENING_FRAMES = 16
LATER_FRAMES = 2
LATER_LOOKS = 3


@dataclass(frozen=True)
class Look:
    """The properties of one decoded frame."""

    width: int
    height: int
    pixel_format: str
    bit_depth: int
    alpha: bool
    interlaced: bool
    aspect: Fraction
    """Sample aspect ratio by the codec's headers."""
    captions: bool
    colour: Colour
    hdr: StaticHdr | None
    dynamic_hdr: str | None
    beside: frozenset[str]
    rotation: int
    display_matrix: tuple[int, ...] | None


def look(
    file: BinaryIO,
    container: Container,
    stream: int,
    index: FrameIndex,
    limits: Limits,
    *,
    whole: bool,
    midway: bool,
) -> tuple[list[Look], FrameIndex]:
    """Decodes the first frames and a few at later seek points; with `whole`, every frame.

    Returns:
        What was seen, in display order, and the index without frames that no player shows: leading pictures of an
        open GOP at the very start, whose references are not in the file; where the stream begins `midway`, those that
        do not decode before its first key frame; and with `whole`, packets that hold no picture.

    Raises:
        InputRefused: DECODE_ERROR where no frame decodes.
    """
    decoder = FrameDecoder(file, container, stream, index, threads=1, limits=limits)
    try:
        seen, missing, first = _opening(decoder, len(index) if whole else OPENING_FRAMES)
        points = len(index.seek_pts)
        for point in sorted({points * part // (LATER_LOOKS + 1) for part in range(1, LATER_LOOKS + 1)} - {0}):
            seen += _later(decoder, point)
    finally:
        decoder.close()
    if not seen:
        raise InputRefused(Reason.DECODE_ERROR, "no frame of the video can be decoded; give an undamaged file")
    unshown = [number for number in missing if whole or index.pts[number] < index.seek_pts[0]]
    if midway and index.pts[first] in index.seek_pts[1:]:
        unshown = sorted({*range(first), *unshown})
    return seen, index.without(np.array(unshown)) if unshown else index


def _opening(decoder: FrameDecoder, count: int) -> tuple[list[Look], list[int], int]:
    """The first frames, the numbers missing among them unless the stream is damaged, and the first intact one."""
    seen: list[Look] = []
    shown: set[int] = set()
    intact: set[int] = set()
    damaged = False
    for decoded in decoder.start(0):
        damaged |= decoded.damaged
        if decoded.frame is None:
            continue
        shown.add(decoded.number)
        if not decoded.damaged:
            intact.add(decoded.number)
        if len(seen) < OPENING_FRAMES:
            seen.append(_look(decoded, decoded.frame))
        if len(shown) == count:
            break
    missing = [] if damaged else sorted(set(range(max(shown, default=0))) - shown)
    return seen, missing, min(intact, default=0)


def _later(decoder: FrameDecoder, point: int) -> list[Look]:
    seen: list[Look] = []
    for decoded in decoder.start(point):
        if decoded.frame is not None:
            seen.append(_look(decoded, decoded.frame))
        if len(seen) == LATER_FRAMES:
            break
    return seen


def _look(decoded: Decoded, frame: av.VideoFrame) -> Look:
    return Look(
        width=frame.width,
        height=frame.height,
        pixel_format=frame.format.name,
        bit_depth=max(component.bits for component in frame.format.components),
        alpha=any(component.is_alpha for component in frame.format.components),
        interlaced=frame.interlaced_frame,
        aspect=decoded.aspect,
        captions=sidedata.has_captions(frame),
        colour=sidedata.colour_of(frame),
        hdr=sidedata.static_hdr_of(frame),
        dynamic_hdr=sidedata.dynamic_hdr_of(frame),
        beside=sidedata.beside_of(frame),
        rotation=sidedata.rotation_of(frame),
        display_matrix=sidedata.display_matrix_of(frame),
    )
