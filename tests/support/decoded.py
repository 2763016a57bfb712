"""What a plain decode of a whole file gives: the reference for everything that reads parts of one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.spec import Container, Limits
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.media.inspect import inspect_video
from hybridface_worker.media.sniff import HEAD_BYTES, sniff


@dataclass(frozen=True)
class Inspected:
    """A video with its description and frame table."""

    path: Path
    info: VideoInfo
    index: FrameIndex


@lru_cache(maxsize=64)
def inspected(path: Path) -> Inspected:
    """Inspects a file that is an allowed video."""
    with path.open("rb") as file:
        container = sniff(file.read(HEAD_BYTES))
        assert isinstance(container, Container)
        info, index, _ = inspect_video(file, container, Limits())
    return Inspected(path, info, index)


@lru_cache(maxsize=64)
def decoded(path: Path) -> tuple[tuple[int | None, str], ...]:
    """The pts and a digest of the samples of every frame that comes out of one thread, from start to end."""
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        stream.codec_context.thread_count = 1
        return tuple((frame.pts, digest(frame)) for frame in opened.decode(stream))


def digest(frame: av.VideoFrame) -> str:
    """A digest of the visible samples of every plane."""
    found = hashlib.sha256()
    sample = 2 if max(component.bits for component in frame.format.components) > 8 else 1
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        found.update(rows[: plane.height, : plane.width * sample].tobytes())
    return found.hexdigest()
