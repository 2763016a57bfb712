"""A source as swappers take it, from the image and the face that Probe chose in it."""

from __future__ import annotations

import numpy as np

from hybridface_worker.contract.probe import FaceBox
from hybridface_worker.faces.align import similarity, template
from hybridface_worker.picture.crop import mean_crop
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View

from .protocol import Source


def source_of(picture: Picture, view: View, face: FaceBox, size: int) -> Source:
    """The face's crop [size, size, 3], without an embedding."""
    crop_from_view = similarity(np.array(face.points), template(size))
    return Source(mean_crop(picture, view.stored_from(crop_from_view), size))
