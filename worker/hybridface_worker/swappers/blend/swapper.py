"""The built-in swapper `blend`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np
import numpy.typing as npt

from hybridface_worker.faces.align import template
from hybridface_worker.faces.centerface import CenterFace
from hybridface_worker.faces.types import Face
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.swappers.protocol import Crop, Crops, Source

from . import cover
from .dress import Light, dressed
from .pose import Array, Camera, Plane, camera, grown, sampling, surface, turned
from .skin import Image, likeness

SIZE = 256
"""Default side of its crops."""
SMALL = 64
"""Side at which masks and light are computed."""
SEEN = 128
"""Side at which the detector finds a crop's landmarks, for the pose."""
ALIKE = (0.5, 0.8)
"""Likeness at which a sample may be skin, and surely is, where it may be background or an occluder."""
SHADED = (0.1, 0.4)
"""The same inside of the face's shape, where skin in shadows and with stubble looks less like the rest."""
ONE_THREAD = SessionOptions()


@dataclass(frozen=True, eq=False)
class _Face:
    """A face in a crop, and what is known of it at SMALL x SMALL."""

    crop: Crop
    camera: Camera
    x: Array
    y: Array
    small: Image
    skin: Plane
    """Where the crop shows plain skin."""
    lit: Plane
    """The same, and skin around the eyes."""
    shown: Plane
    """Where it shows the face, and no hair or background."""


class BlendSwapper:
    """Equal crops give equal results in any batch; outside of the face they are bit-exactly the target's."""

    needs_embedding = False

    def __init__(self, options: SessionOptions = ONE_THREAD, *, size: int = SIZE, colour_match: bool = True) -> None:
        """`size`: of its crops, at least SMALL; without `colour_match` the source's face keeps its own light."""
        self.size = size
        self._colour_match = colour_match
        self._detector = CenterFace(options, min_score=0.2)
        self._known: WeakKeyDictionary[Source, _Face] = WeakKeyDictionary()

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """The crops with the sources' faces."""
        for source in sources:
            if source not in self._known:
                self._known[source] = self._faces([source.crop])[0]
        pairs = zip(self._faces(list(crops)), sources, strict=True)
        return np.stack([_swapped(face, self._known[source], matched=self._colour_match) for face, source in pairs])

    def _faces(self, crops: Sequence[Crop]) -> list[_Face]:
        seen = [cv2.resize(crop, (SEEN, SEEN), interpolation=cv2.INTER_AREA) for crop in crops]
        found = self._detector.detect([np.asarray(image, np.uint8) for image in seen])
        return [_face(crop, _points(faces)) for crop, faces in zip(crops, found, strict=True)]


def _points(faces: Sequence[Face]) -> npt.NDArray[np.floating]:
    """Landmarks of the face that the crop was aligned to; without a detection, those of a frontal face."""
    straight = template(SEEN)
    return min((face.points for face in faces), key=lambda points: np.abs(points - straight).sum(), default=straight)


def _face(crop: Crop, points: npt.NDArray[np.floating]) -> _Face:
    """`points`: in a crop of SEEN."""
    seen_by = camera(points, SEEN)
    x, y = surface(seen_by, SMALL)
    small = cv2.resize(crop, (SMALL, SMALL), interpolation=cv2.INTER_AREA).astype(np.float32)
    facing = cover.facing(x, y, seen_by)
    like = cv2.GaussianBlur(likeness(small, cover.patch(x, y), abs(seen_by[0, 2])), (0, 0), 1.0)
    alike, shaded = (np.clip((like - least) / (most - least), 0, 1) for least, most in (ALIKE, SHADED))
    shown = facing * cover.inset(SMALL) * np.maximum(cover.core(x, y), cover.oval(x, y) * alike)
    skin = np.maximum(alike, shaded * facing * cover.detail(x, y)) * cover.around(x, y)
    plain, lit = skin * cover.plain(x, y), skin * cover.bare(x, y)
    return _Face(crop, seen_by, x, y, small, plain, lit, shown.astype(np.float32))


def _swapped(target: _Face, source: _Face, *, matched: bool) -> Crop:
    columns, rows = sampling(target.x, target.y, source.camera, SMALL)
    rim = np.maximum(cover.rim(target.x, target.y), cover.receding(target.x, target.y, target.camera))
    its = Light.of(turned(source.small, columns, rows), turned(source.skin, columns, rows), rim)
    light = Light.of(target.small, target.skin, rim).shaded(target.small, target.lit) if matched else its
    shown = turned(cv2.erode(source.shown, np.ones((3, 3))), columns, rows)
    detail = cover.detail(target.x, target.y) * shown * cover.facing(target.x, target.y, target.camera)

    size = len(target.crop)
    weight = grown(target.shown, size)
    left, top, width, height = cv2.boundingRect((weight > 0).view(np.uint8))
    swapped = target.crop.copy()
    if width == 0:
        return swapped
    face = np.s_[top : top + height, left : left + width]
    factor = size / SMALL
    columns, rows = (grown((at + 0.5) * factor - 0.5, size)[face] for at in (columns, rows))
    full = turned(source.crop, columns, rows)
    planes = (detail, cover.plain(target.x, target.y), cover.matt(target.x, target.y))
    over = dressed(full, its.enlarged(size)[face], light.enlarged(size)[face], *(grown(p, size)[face] for p in planes))
    base = swapped[face].astype(np.float32)
    swapped[face] = np.rint(base + (over - base) * weight[face][..., None])
    return swapped
