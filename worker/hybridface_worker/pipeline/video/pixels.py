"""Copies of decoded frames: planes as they are, row by row, since buffers differ in their line sizes."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt


def copy_of(frame: av.VideoFrame) -> av.VideoFrame:
    """A frame of its own memory, with equal samples, timestamps and colour description."""
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for ours, theirs in zip(copy.planes, frame.planes, strict=True):
        row = min(ours.line_size, theirs.line_size)
        _rows(ours)[:, :row] = _rows(theirs)[:, :row]
    copy.pts = frame.pts
    if frame.time_base:
        copy.time_base = frame.time_base
    copy.color_range = frame.color_range
    copy.colorspace = frame.colorspace
    copy.color_primaries = frame.color_primaries
    copy.color_trc = frame.color_trc
    return copy


def _rows(plane: av.video.plane.VideoPlane) -> npt.NDArray[np.uint8]:
    data = np.frombuffer(plane, np.uint8)
    return data[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
