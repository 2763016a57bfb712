"""Copies of decoded pictures in memory of their own."""

from __future__ import annotations

import av
import numpy as np


def copy_picture(frame: av.VideoFrame, pts: int) -> av.VideoFrame:
    """A copy of the planes and the colour description, to be shown at `pts` in the frame's time base."""
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for target, source in zip(copy.planes, frame.planes, strict=True):
        rows, columns = source.height, min(target.line_size, source.line_size)
        to = np.frombuffer(memoryview(target), np.uint8).reshape(-1, target.line_size)
        to[:rows, :columns] = np.frombuffer(memoryview(source), np.uint8).reshape(-1, source.line_size)[:rows, :columns]
    copy.pts, copy.time_base = pts, frame.time_base
    copy.color_range, copy.colorspace = frame.color_range, frame.colorspace
    copy.color_primaries, copy.color_trc = frame.color_primaries, frame.color_trc
    return copy
