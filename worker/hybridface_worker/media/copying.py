"""Deep copies of decoded frames."""

from __future__ import annotations

import threading
from typing import cast

import av
import numpy as np
from av.filter import Graph


def copy_picture(frame: av.VideoFrame, pts: int) -> av.VideoFrame:
    """A copy of the planes and the colour description, with another `pts` in the frame's time base."""
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for target, source in zip(copy.planes, frame.planes, strict=True):
        rows, columns = source.height, min(target.line_size, source.line_size)
        to = np.frombuffer(memoryview(target), np.uint8).reshape(-1, target.line_size)
        to[:rows, :columns] = np.frombuffer(memoryview(source), np.uint8).reshape(-1, source.line_size)[:rows, :columns]
    copy.pts, copy.time_base = pts, frame.time_base
    copy.color_range, copy.colorspace = frame.color_range, frame.colorspace
    copy.color_primaries, copy.color_trc = frame.color_primaries, frame.color_trc
    return copy


class Copier:
    """Copies frames of one size and pixel format with all of their side data, such as closed captions.

    By FFmpeg's `copy` filter, since PyAV cannot copy side data from frame to frame. Thread-safe.
    """

    def __init__(self, like: av.VideoFrame) -> None:
        graph = Graph()
        self._entry = graph.add_buffer(
            width=like.width, height=like.height, format=like.format, time_base=like.time_base
        )
        copy = graph.add("copy")
        self._exit = graph.add("buffersink")
        self._entry.link_to(copy)
        copy.link_to(self._exit)
        graph.configure()
        self._graph = graph
        self._lock = threading.Lock()

    def copy(self, frame: av.VideoFrame) -> av.VideoFrame:
        """A writable copy, equal in everything."""
        with self._lock:
            self._entry.push(frame)
            return cast("av.VideoFrame", self._exit.pull())
