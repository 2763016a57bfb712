"""A clip of several people whom nobody mixes up, made when a test runs: the group photograph under a moving camera."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from .clips import cache_folder, keep
from .faces import Rgb, group
from .merging import Probed

WIDTH, HEIGHT = 640, 360
WOMAN, MAN, OTHER, GUEST = (322, 211), (517, 339), (787, 412), (1180, 331)
"""Where four of the six are in the photograph: middles of their boxes. The last is seen in no frame of the clip."""
ROOM = 2.2
"""Side of a portrait, in sides of the face."""
FACE = 105


def camera(number: int, frames: int) -> tuple[float, float]:
    """The middle of what is seen, in the photograph: it moves evenly, and jumps once, half way."""
    along = number / max(frames - 1, 1)
    return (525 + 40 * along, 320 - 20 * along) if 2 * number < frames else (565 - 60 * along, 300 + 40 * along)


def seen(number: int, frames: int) -> Rgb:
    """Frame `number` of so many, RGB [360, 640, 3]."""
    x, y = camera(number, frames)
    shift = np.array([(1, 0, x - WIDTH / 2), (0, 1, y - HEIGHT / 2)])
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(group(), shift, (WIDTH, HEIGHT), flags=how), np.uint8)


def in_frame(who: tuple[int, int], number: int, frames: int) -> tuple[int, int]:
    """Column and row of a person's middle in a frame."""
    x, y = camera(number, frames)
    return round(who[0] - x + WIDTH / 2), round(who[1] - y + HEIGHT / 2)


def around(picture: Rgb, who: tuple[int, int], number: int, frames: int) -> Rgb:
    """The part of frame `number` of so many that holds a person's face."""
    x, y = in_frame(who, number, frames)
    return picture[max(0, y - FACE) : y + FACE, max(0, x - FACE) : x + FACE]


def pictures(path: Path) -> list[Rgb]:
    """The frames of a video, as RGB [H, W, 3]."""
    return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in Probed.of(path).frames()]


def assert_each_as_if_alone(made: Path, woman_alone: Path, man_alone: Path, frames: int) -> None:
    """Sample by sample it holds what two jobs with one reference each make of the same clip, and a stranger stays."""
    clips = zip(pictures(clip(frames)), pictures(made), pictures(woman_alone), pictures(man_alone), strict=True)
    for number, (old, new, woman, man) in enumerate(clips):
        changed = [(one != old).any(axis=2) for one in (woman, man)]
        assert changed[0].any()
        assert changed[1].any()
        assert not (changed[0] & changed[1]).any()
        assert np.array_equal(new, np.where(changed[0][..., None], woman, man))
        for mine, others in ((woman, MAN), (man, WOMAN), (new, OTHER)):
            assert np.array_equal(around(mine, others, number, frames), around(old, others, number, frames))


def clip(frames: int) -> Path:
    """The clip as H.264 without loss, in MP4: cached, and not to be changed."""
    path = cache_folder() / f"people-{frames}.mp4"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            _write(made, frames)
            keep(made, path)
    return path


def portrait(who: tuple[int, int], path: Path) -> Path:
    """One person alone as PNG, half as large again as in the clip, so that no sample is the clip's."""
    half = round(ROOM * FACE / 2)
    left, top = max(0, who[0] - half), max(0, who[1] - half)
    alone = Image.fromarray(np.asarray(group())).crop((left, top, who[0] + half, who[1] + half))
    alone.resize((alone.width * 3 // 2, alone.height * 3 // 2), Image.Resampling.BICUBIC).save(path)
    return path


def _write(path: Path, frames: int) -> None:
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25, options={"preset": "ultrafast", "qp": "0"})
        video.width, video.height, video.pix_fmt, video.time_base = WIDTH, HEIGHT, "yuv420p", Fraction(1, 25)
        video.thread_count = 1
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(seen(number, frames), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
