"""The clips that are measured on: a moving face before a camera that sways, with its noise, as films have it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.codec.context import Flags
from av.video.stream import VideoStream

from support.clip_picture import picture
from support.clips import ClipSpec

Rgb = npt.NDArray[np.uint8]

RATE = 25
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}
NOISE = 3.0
"""Standard deviation of the camera's noise, in codes of 8 bits."""


def film(size: str, frames: int) -> Path:
    """H.264 in MP4 with a keyframe each 2 seconds."""
    width, height = SIZES[size]

    def shot(number: int) -> Rgb:
        return filmed(number, width, height)

    spec = ClipSpec(f"bench-film-{size}", ".mp4", lambda path, count: _write(path, shot, count, keyframes=2 * RATE))
    return spec.cached(frames)


def long_clip(seconds: int) -> Path:
    """320x180 with a keyframe each 10 seconds, and no noise: it is made in a minute."""

    def shot(number: int) -> Rgb:
        return picture(number, 320, 180)

    spec = ClipSpec("bench-long", ".mp4", lambda path, count: _write(path, shot, count, keyframes=10 * RATE))
    return spec.cached(seconds * RATE)


def filmed(number: int, width: int, height: int) -> Rgb:
    """Frame `number`, uint8 RGB [height, width, 3]: the tests' picture through a camera that sways and has noise."""
    reach_x, reach_y = width // 16, height // 16
    wide = picture(number, width + reach_x, height + reach_y)
    left = round(reach_x * (0.5 + 0.5 * np.sin(number / 23)))
    top = round(reach_y * (0.5 + 0.5 * np.sin(number / 31)))
    noise = _noise(width, height)[number * 37 % height :][:height, number * 53 % width :][:, :width]
    seen = wide[top : top + height, left : left + width]
    return np.asarray(np.clip(seen + noise, 0, 255), np.uint8)


@lru_cache(maxsize=1)
def _noise(width: int, height: int) -> npt.NDArray[np.int16]:
    grain = np.random.default_rng(11).normal(0, NOISE, (height, width, 3)).round().astype(np.int16)
    return np.tile(grain, (2, 2, 1))


def _write(path: Path, shot: Callable[[int], Rgb], frames: int, *, keyframes: int) -> None:
    """Written as it is made: a long one does not fit into memory."""
    with av.open(str(path), "w") as output:
        options = {"preset": "superfast", "crf": "16", "sc_threshold": "0", "g": str(keyframes)}
        stream = output.add_stream("libx264", rate=RATE, options=options)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width, _ = shot(0).shape
        stream.pix_fmt = "yuv420p"
        stream.codec_context.flags |= Flags.frame_duration
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(shot(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.duration, frame.time_base = number, 1, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
