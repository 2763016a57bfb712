"""Decoded images, in which faces are detected and aligned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.spec import Limits
from hybridface_worker.faces.align import similarity, template
from hybridface_worker.faces.detector import Detector
from hybridface_worker.faces.types import Face
from hybridface_worker.images.probe import probe_image
from hybridface_worker.images.still import Still, read_still
from hybridface_worker.media.sniff import sniff_image
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View


@dataclass(frozen=True)
class LoadedImage:
    """A decoded image."""

    still: Still
    picture: Picture
    view: View

    @classmethod
    def of(cls, data: bytes, limits: Limits) -> LoadedImage:
        """Decodes an image. Raises InputRefused where it is not an image, broken, or too large."""
        info = probe_image(data, sniff_image(data), limits)
        still = read_still(data, info)
        return cls(still, Picture.of_image(still.pixels), View.of_image(info))

    @property
    def info(self) -> ImageInfo:
        """What the image is."""
        return self.still.info

    def thumbnail(self) -> npt.NDArray[np.uint8]:
        """The upright picture, small: RGB [h, w, 3]."""
        return self.view.thumbnail_of(self.picture)[0]

    def aligned(self, points: npt.NDArray[np.floating], size: int) -> npt.NDArray[np.uint8]:
        """The crop of the face with these landmarks [5, 2], in the view's coordinates: RGB [size, size, 3]."""
        return crop(self.picture, self.view.stored_from(similarity(points, template(size))), size)

    def faces(self, detector: Detector) -> list[Face]:
        """Its faces, in the upright view's coordinates."""
        thumbnail, scale = self.view.thumbnail_of(self.picture)
        return [face.scaled(1 / scale) for face in detector.detect([thumbnail])[0]]
