"""An image's bytes as a picture that faces can be found in, taken from and painted into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.faces.detector import Detector
from hybridface_worker.faces.types import Face
from hybridface_worker.images.probe import probe_image
from hybridface_worker.images.still import Still, read_still
from hybridface_worker.media.sniff import HEAD_BYTES, sniff
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View


@dataclass(frozen=True)
class LoadedImage:
    """A decoded image."""

    still: Still
    picture: Picture
    view: View

    @classmethod
    def of(cls, data: bytes, uri: str, limits: Limits) -> LoadedImage:
        """Decodes it. Raises InputRefused where it is none, is broken, or is too large."""
        kind = sniff(data[:HEAD_BYTES])
        if not isinstance(kind, ImageFormat):
            raise InputRefused(Reason.FORMAT_NOT_ALLOWED, f"{uri} is a video; an image is needed here")
        info = probe_image(data, kind, limits)
        still = read_still(data, info)
        return cls(still, Picture.of_image(still.pixels), View.of_image(info))

    @property
    def info(self) -> ImageInfo:
        """What the image is."""
        return self.still.info

    def thumbnail(self) -> npt.NDArray[np.uint8]:
        """The upright picture, small: RGB [h, w, 3]."""
        return self.view.thumbnail_of(self.picture)[0]

    def faces(self, detector: Detector) -> list[Face]:
        """Its faces, in the upright view's coordinates."""
        thumbnail, scale = self.view.thumbnail_of(self.picture)
        return [face.scaled(1 / scale) for face in detector.detect([thumbnail])[0]]
