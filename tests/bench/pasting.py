"""What it costs to take a face out of a 1080p frame and to bring it back, around one and the same model.

insightface's `INSwapper.get` is the measure: the time that it takes beyond the model's. Ours is a frame as the decoder
leaves it (yuv420p); its is BGR. Both get the same face with the same points.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image

from hybridface_worker.contract.media import Colour
from hybridface_worker.faces.align import similarity, template
from hybridface_worker.faces.types import Face
from hybridface_worker.media.copying import copy_picture
from hybridface_worker.picture.affine import invert
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.mask import box_mask
from hybridface_worker.picture.paste import paste
from hybridface_worker.picture.picture import Picture
from support import standins
from support.runs import portrait

from .figures import Figure, Goal, median_ratio
from .machine import cores
from .setups import BLEND

WIDTH, HEIGHT = 1920, 1080
FACES = (356, 486)
"""Heights of the detector's box, in pixels."""
CALLS = 5
LEAST_RATIO, MOST_MILLISECONDS = Goal("at least", 10), Goal("at most", 2)

Rgb = npt.NDArray[np.uint8]


class Timed:
    """An inference session that counts the time spent in it."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.get_inputs, self.get_outputs = self._session.get_inputs, self._session.get_outputs
        self.seconds = 0.0

    def run(self, outputs: list[str], inputs: Mapping[str, npt.NDArray[np.float32]]) -> list[Any]:
        """As InferenceSession's."""
        since = time.perf_counter()
        result: list[Any] = self._session.run(outputs, inputs)
        self.seconds += time.perf_counter() - since
        return result


def measure(*, quick: bool) -> list[Figure]:
    """For each face: ours, and how many times that theirs is."""
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        model = Path(folder) / "standin.onnx"
        standins.negative(model)
        return [figure for height in FACES for figure in _measure(height, model, Timed(model), 2 if quick else 15)]


def _measure(height: int, model: Path, session: Timed, rounds: int) -> list[Figure]:
    rgb, face = scene(height)
    theirs, ours = _theirs(rgb, face, model, session), _ours(rgb, face, session)
    pasting, copying = _crop_and_paste(rgb, face), _copying(rgb)
    pairs, pasted, copied = [], [], []
    for _ in range(rounds):
        pairs.append((_overhead(theirs, session, cores()), _overhead(ours, session, 1)))
        pasted.append(_overhead(pasting, session, 1))
        copied.append(_overhead(copying, session, 1))
    details = {
        "ours_milliseconds": median(own for _, own in pairs),
        "theirs_milliseconds": median(other for other, _ in pairs),
        "copy_of_the_frame_milliseconds": median(copied),
    }
    return [
        Figure(
            "pasting",
            f"Crop and paste, 1080p, {height} px face",
            median(pasted),
            "ms",
            goal=MOST_MILLISECONDS if height == FACES[0] else None,
        ),
        Figure(
            "pasting",
            f"Overhead of `INSwapper.get`, by ours, {height} px face",
            median_ratio(pairs),
            goal=LEAST_RATIO,
            details=details,
        ),
    ]


def scene(height: int) -> tuple[Rgb, Face]:
    """A 1080p frame, RGB, with the portrait enlarged until its face's box is so high; and that face."""
    with Image.open(portrait()) as image:
        small = image.convert("RGB")
    found = BLEND.detector(cores()).detect([np.asarray(small)])[0][0]
    scale = height / float(found.box[3] - found.box[1])
    large = np.asarray(small.resize((round(small.width * scale), round(small.height * scale))))
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    part = large[:HEIGHT, :WIDTH]
    frame[: part.shape[0], : part.shape[1]] = part
    return frame, found.scaled(scale)


def _theirs(rgb: Rgb, face: Face, model: Path, session: Timed) -> Callable[[], object]:
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    with contextlib.redirect_stdout(io.StringIO()):
        from insightface.model_zoo.inswapper import INSwapper

        swapper = INSwapper(str(model), session)
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    source = SimpleNamespace(normed_embedding=np.full(standins.WIDTH, standins.WIDTH**-0.5, np.float32))

    def get() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            swapper.get(bgr, SimpleNamespace(kps=face.points), source)

    return get


def _ours(rgb: Rgb, face: Face, session: Timed) -> Callable[[], object]:
    frame, colour = _frame(rgb), Colour()
    latent = np.full((1, standins.WIDTH), standins.WIDTH**-0.5, np.float32)

    def swap() -> None:
        picture = Picture.of_frame(frame, colour)
        stored_from_crop = invert(similarity(face.points, template(standins.CROP)))
        before = crop(picture, stored_from_crop, standins.CROP)
        target = before.transpose(2, 0, 1)[None] * np.float32(1 / 255)
        made = session.run(["output"], {"target": target, "source": latent})[0]
        after = np.clip(made[0].transpose(1, 2, 0) * 255, 0, 255).astype(np.uint8)
        paste(picture, stored_from_crop, before, after, box_mask(standins.CROP))

    return swap


def _crop_and_paste(rgb: Rgb, face: Face) -> Callable[[], object]:
    frame, colour = _frame(rgb), Colour()
    stored_from_crop = invert(similarity(face.points, template(standins.CROP)))
    after = 255 - crop(Picture.of_frame(frame, colour), stored_from_crop, standins.CROP)

    def swap() -> None:
        picture = Picture.of_frame(frame, colour)
        before = crop(picture, stored_from_crop, standins.CROP)
        paste(picture, stored_from_crop, before, after, box_mask(standins.CROP))

    return swap


def _copying(rgb: Rgb) -> Callable[[], object]:
    frame = _frame(rgb)
    return lambda: copy_picture(frame, 0)


def _frame(rgb: Rgb) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
    frame.time_base = Fraction(1, 25)
    return frame


def _overhead(call: Callable[[], object], session: Timed, threads: int) -> float:
    """Milliseconds of a call beyond those in the model: the median of CALLS, after one that is not counted.

    `threads` are OpenCV's: the worker's pipeline gives it one.
    """
    cv2.setNumThreads(threads)
    call()
    taken = []
    for _ in range(CALLS):
        session.seconds, since = 0.0, time.perf_counter()
        call()
        taken.append(time.perf_counter() - since - session.seconds)
    return median(taken) * 1000
