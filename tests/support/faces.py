"""Photographs with faces that installed packages bring along, and faces without pictures."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage import data

from hybridface_worker.faces.align import template
from hybridface_worker.faces.types import Face

Rgb = npt.NDArray[np.uint8]


@lru_cache(maxsize=1)
def portrait() -> Rgb:
    """One face that looks at the viewer, [512, 512, 3]; public domain."""
    return _frozen(data.astronaut())


@lru_cache(maxsize=1)
def group() -> Rgb:
    """Six faces, some of them turned, [886, 1280, 3]."""
    with Image.open(str(files("insightface") / "data" / "images" / "t1.jpg")) as image:
        return _frozen(np.asarray(image.convert("RGB")))


def face(x: float, y: float, size: float = 100.0, score: float = 0.9) -> Face:
    """A face that looks straight ahead, its box centred at (x, y)."""
    corner = np.array([x - size / 2, y - size / 2])
    box = np.array([x - size / 2, y - size / 2, x + size / 2, y + size / 2], np.float32)
    return Face(box, (template(112) * (size / 112) + corner).astype(np.float32), score)


def whole(face: Face, picture: Rgb) -> bool:
    """Whether a face lies within a picture with room around: only such can be recognised."""
    height, width = picture.shape[:2]
    return bool(face.box.min() > 8 and face.box[2] < width - 8 and face.box[3] < height - 8)


def _frozen(image: npt.NDArray[np.uint8]) -> Rgb:
    image = image.copy()
    image.flags.writeable = False
    return image
