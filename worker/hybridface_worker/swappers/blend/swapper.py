"""Puts the built-in swapper together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import cv2
import numpy as np
import numpy.typing as npt

from hybridface_worker.faces.align import template
from hybridface_worker.faces.centerface import CenterFace
from hybridface_worker.faces.types import Face
from hybridface_worker.swappers.protocol import Crop, Crops, Source

from . import cover
from .dress import dressed, enlarged, light_shift
from .pose import Array, Camera, Plane, camera, grown, sampling, surface
from .skin import Image, likeness

SIZE = 256
SMALL = 64
"""Side at which all that is coarse is reckoned."""
SEEN = 128
"""Side at which the detector is shown a crop, to tell how the face in it is turned."""


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
    shown: Plane
    """Where it shows the face, and no hair or background."""


class BlendSwapper:
    """Equal crops give equal results, whatever the batch; beyond the face they are the target's to the last bit."""

    size = SIZE
    needs_embedding = False

    def __init__(self, *, threads: int = 1) -> None:
        self._detector = CenterFace(threads=threads, min_score=0.2)
        self._known: WeakKeyDictionary[Source, _Face] = WeakKeyDictionary()

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """The crops with the sources' faces."""
        for source in sources:
            if source not in self._known:
                self._known[source] = self._faces([source.crop])[0]
        pairs = zip(self._faces(list(crops)), sources, strict=True)
        return np.stack([_swapped(face, self._known[source]) for face, source in pairs])

    def _faces(self, crops: Sequence[Crop]) -> list[_Face]:
        seen = [cv2.resize(crop, (SEEN, SEEN), interpolation=cv2.INTER_AREA) for crop in crops]
        found = self._detector.detect([np.asarray(image, np.uint8) for image in seen])
        return [_face(crop, _points(faces)) for crop, faces in zip(crops, found, strict=True)]


def _points(faces: Sequence[Face]) -> npt.NDArray[np.floating]:
    """Of the face that the crop was aligned to; where the detector sees none, of one that looks straight ahead."""
    straight = template(SEEN)
    return min((face.points for face in faces), key=lambda points: np.abs(points - straight).sum(), default=straight)


def _face(crop: Crop, points: npt.NDArray[np.floating]) -> _Face:
    """`points`: in a crop of SEEN."""
    seen_by = camera(points, SEEN)
    x, y = surface(seen_by, SMALL)
    small = cv2.resize(crop, (SMALL, SMALL), interpolation=cv2.INTER_AREA).astype(np.float32)
    facing = cover.facing(x, y, seen_by)
    alike = cv2.GaussianBlur(likeness(small, cover.patch(x, y)), (0, 0), 1.0)
    alike = np.clip((alike - 0.5) / 0.3, 0, 1)
    shown = np.maximum(cover.core(x, y) * facing, cover.oval(x, y) * alike)
    skin = alike * cover.plain(x, y) * cover.around(x, y) * facing
    return _Face(crop, seen_by, x, y, small, skin, shown.astype(np.float32))


def _swapped(target: _Face, source: _Face) -> Crop:
    columns, rows = sampling(target.x, target.y, source.camera, SMALL)
    mask = np.minimum(target.shown, _turned(source.shown, columns, rows))
    skin = target.skin * _turned(source.skin, columns, rows)
    small = _turned(source.small, columns, rows)
    contrast, shift = light_shift(target.small, small, skin)

    factor = SIZE / SMALL
    columns, rows = (
        grown((at + 0.5) * factor - 0.5, SIZE) for at in sampling(target.x, target.y, source.camera, SMALL)
    )
    full = _turned(source.crop, columns, rows)
    over = dressed(full, contrast, enlarged(shift, SIZE))
    weight = grown(mask, SIZE)[..., None]
    base = target.crop.astype(np.float32)
    return np.asarray(np.rint(np.clip(base + (over - base) * weight, 0, 255)), np.uint8)


def _turned(image: npt.NDArray[Any], columns: Plane, rows: Plane) -> npt.NDArray[np.float32]:
    turned = cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(turned, np.float32)
