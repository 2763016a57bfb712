"""A picture of several people, swapped by the built-in swapper with the portrait's face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.spec import Blend
from hybridface_worker.faces.centerface import CenterFace
from hybridface_worker.faces.select import Selected
from hybridface_worker.faces.source import choose_face
from hybridface_worker.faces.types import Face
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.source import source_of

from .faces import Rgb, portrait


@dataclass(frozen=True)
class Blended:
    """Before and after, RGB [H, W, 3]."""

    before: Rgb
    after: Rgb
    faces: list[Face]
    """Of the picture before."""


def blended(before: Rgb) -> Blended:
    """Every face in a picture replaced."""
    swapper = load_swapper(BUILT_IN["blend"], None, SessionOptions())
    chosen, _ = choose_face(faces_in(portrait()), "portrait")
    source = source_of(Picture.of_image(portrait().copy()), View(512, 512), chosen, swapper.size)
    after, faces = before.copy(), faces_in(before)
    painter, picture = Painter(swapper, {"a": source}, Blend()), Picture.of_image(after)
    placed = painter.place(picture, View(after.shape[1], after.shape[0]), [Selected(face) for face in faces])
    painter.paint(picture, painter.finished(placed, painter.swap("a", placed, painter.stack(placed))))
    return Blended(before, after, faces)


def faces_in(image: Rgb) -> list[Face]:
    """As the pipeline finds them."""
    view = View(image.shape[1], image.shape[0])
    pixels, scale = view.thumbnail_of(Picture.of_image(np.array(image)))
    return [face.scaled(1 / scale) for face in CenterFace(SessionOptions(threads=1), min_score=0.5).detect([pixels])[0]]
