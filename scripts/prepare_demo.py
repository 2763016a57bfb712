"""Makes the demo's inputs, the same every time: a portrait, a moving clip with sound, and three stills.

The portrait is scikit-image's astronaut (public domain). The rest comes from the photograph of several people that
insightface ships for its tests; its rights are unclear, so what is made of it stays on the machine that made it.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

WIDTH, HEIGHT, RATE = 1280, 720, 30
SAMPLE_RATE, TONES_HERTZ = 48_000, (220.0, 330.0)
DEFAULT_SECONDS = 6
STAMP = "made-by"


@dataclass(frozen=True)
class Shot:
    """Where the camera looks: the centre and width of its view in the photograph's pixels, and its roll."""

    x: float
    y: float
    width: float
    degrees: float


PATH = (Shot(640, 350, 1200, 0), Shot(455, 300, 880, 2), Shot(838, 290, 860, -2), Shot(640, 350, 1200, 0))
"""Stations of the camera at equal distances in time; it rests in each."""


def main(arguments: list[str] | None = None) -> int:
    """Makes what is not there yet. Exit status 0, or 1 where it cannot be written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("demo/in"), help="where to (default: demo/in)")
    parser.add_argument("--seconds", type=int, default=DEFAULT_SECONDS, help="length of the clip")
    options = parser.parse_args(arguments)
    try:
        made = prepare(options.folder, options.seconds)
    except OSError as error:
        print(f"prepare_demo.py: {error}", file=sys.stderr)
        return 1
    print(f"{options.folder}: {'made' if made else 'there already'}")
    return 0


def prepare(folder: Path, seconds: int = DEFAULT_SECONDS) -> bool:
    """Makes the inputs in `folder`, whole or not at all. False where this very program made them before."""
    stamp = f"{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()} {seconds}\n"
    if (folder / STAMP).is_file() and (folder / STAMP).read_text() == stamp:
        return False
    if folder.exists() and any(folder.iterdir()) and not (folder / STAMP).is_file():
        raise FileExistsError(f"{folder} holds files that this program did not make; name another folder")
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "stills").mkdir(parents=True)
    photograph = read_photograph()
    Image.fromarray(read_portrait()).save(fresh / "astronaut.png")
    write_clip(photograph, fresh / "people.mp4", seconds)
    write_stills(photograph, fresh / "stills")
    (fresh / STAMP).write_text(stamp)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return True


def read_portrait() -> Pixels:
    """The astronaut, RGB [512, 512, 3]."""
    from skimage import data  # noqa: PLC0415  (slow to import, and the clip alone does not need it)

    return np.asarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]  # scikit-image has no types


def read_photograph() -> Pixels:
    """Six people around a table, RGB [886, 1280, 3]."""
    package = find_spec("insightface")  # not imported: that takes seconds
    if package is None or package.origin is None:
        raise FileNotFoundError("insightface is not installed: `make setup`")
    with Image.open(Path(package.origin).parent / "data" / "images" / "t1.jpg") as image:
        return np.asarray(image.convert("RGB"))


def camera(time: float) -> Shot:
    """Where the camera looks at a time from 0 to 1: from station to station, softly."""
    place = min(max(time, 0.0), 1.0) * (len(PATH) - 1)
    index = min(int(place), len(PATH) - 2)
    step = place - index
    soft = step * step * (3 - 2 * step)
    before, after = PATH[index], PATH[index + 1]
    return Shot(*(a + (b - a) * soft for a, b in zip(_values(before), _values(after), strict=True)))


def view(photograph: Pixels, shot: Shot) -> Pixels:
    """What the camera sees, RGB [720, 1280, 3]."""
    scale = shot.width / WIDTH
    cos, sin = np.cos(np.radians(shot.degrees)) * scale, np.sin(np.radians(shot.degrees)) * scale
    photograph_from_frame = np.array(
        [
            [cos, -sin, shot.x - cos * WIDTH / 2 + sin * HEIGHT / 2],
            [sin, cos, shot.y - sin * WIDTH / 2 - cos * HEIGHT / 2],
        ]
    )
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(
        photograph, photograph_from_frame, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(seen, np.uint8)


def write_clip(photograph: Pixels, path: Path, seconds: int) -> None:
    """H.264 in MP4 at 30 frames/s with an AAC track, a chapter and a title."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as out:
        out.metadata["title"] = "People around a table"
        out.metadata["comment"] = "Made for a demonstration"
        video = out.add_stream("libx264", rate=RATE, options={"crf": "14", "preset": "medium"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.time_base = Fraction(1, RATE)
        video.thread_count = 2  # the encoder's output depends on it
        video.color_range, video.colorspace = 1, 1  # limited range, BT.709
        video.color_primaries, video.color_trc = 1, 1
        sound = out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        sound.bit_rate = 128_000
        out.set_chapters(
            [{"id": 1, "start": 0, "end": seconds, "time_base": Fraction(1), "metadata": {"title": "At the table"}}]
        )
        heard = tone(seconds)
        for number, frame in enumerate(frames(photograph, seconds)):
            if number % RATE == 0:
                out.mux(sound.encode(next(heard)))
            out.mux(video.encode(frame))
        out.mux(sound.encode(None))
        out.mux(video.encode(None))


def frames(photograph: Pixels, seconds: int) -> Iterator[av.VideoFrame]:
    """The clip's frames in display order."""
    count = seconds * RATE
    for number in range(count):
        picture = view(photograph, camera(number / max(count - 1, 1)))
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        yield frame


def tone(seconds: int) -> Iterator[av.AudioFrame]:
    """A quiet tone in each ear, a second at a time."""
    for second in range(seconds):
        time = np.arange(second * SAMPLE_RATE, (second + 1) * SAMPLE_RATE) / SAMPLE_RATE
        samples = np.stack([0.1 * np.sin(2 * np.pi * hertz * time) for hertz in TONES_HERTZ]).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, second * SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
        yield frame


def write_stills(photograph: Pixels, folder: Path) -> None:
    """The whole group as JPEG, a couple as PNG, and one person as a JPEG that its EXIF tag turns upright."""
    whole = Image.fromarray(photograph)
    whole.save(folder / "group.jpg", quality=95)
    whole.crop((250, 40, 700, 560)).save(folder / "pair.png")
    turned = whole.crop((640, 220, 960, 620)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by 90 degrees clockwise to see it upright
    turned.save(folder / "turned.jpg", quality=95, exif=exif)


def _values(shot: Shot) -> tuple[float, float, float, float]:
    return shot.x, shot.y, shot.width, shot.degrees


if __name__ == "__main__":
    sys.exit(main())
