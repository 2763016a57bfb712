"""The upright view of a picture with square pixels, in which faces are detected."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from hybridface_worker.contract.media import ImageInfo, VideoInfo

from . import matrix
from .affine import Affine, compose, invert, shifted
from .layout import Samples
from .orientation import SWAPS_SIDES, of_matrix, upright, upright_from_stored
from .picture import Picture

Pixels = npt.NDArray[np.uint8]

THUMBNAIL = 640
"""Long side of what the detector sees, in pixels."""
SHRINK = 0.9
"""The least factor by which a thumbnail's long side is shortened, to make its short side a whole number."""

_SWSCALE = {matrix.BT709: Colorspace.ITU709, matrix.BT601: Colorspace.ITU601}


@dataclass(frozen=True)
class View:
    """How one picture, or every frame of one video, is seen."""

    width: int
    height: int
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width of a sample by its height."""
    orientation: int = 1
    """EXIF's, 1 to 8."""
    _reformatter: VideoReformatter = field(default_factory=VideoReformatter, repr=False, compare=False)

    @classmethod
    def of_video(cls, info: VideoInfo) -> View:
        """Of a video's frames. Their thumbnails are to be made by one thread."""
        aspect = info.sample_aspect_ratio if info.sample_aspect_ratio > 0 else Fraction(1)
        return cls(info.width, info.height, aspect, of_matrix(info.display_matrix))

    @classmethod
    def of_image(cls, info: ImageInfo) -> View:
        """Of an image as it is stored."""
        return cls(info.width, info.height, orientation=info.orientation)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the view, in its own square pixels."""
        wide, high = float(self.width * self.sample_aspect_ratio), float(self.height)
        return (high, wide) if self.orientation in SWAPS_SIDES else (wide, high)

    def from_stored(self) -> Affine:
        """View coordinates from those of stored samples, float64 [2, 3]; both count from the first one's centre."""
        aspect = float(self.sample_aspect_ratio)
        square = np.array([(aspect, 0, 0.5 * aspect), (0, 1, 0.5)])
        turned = upright_from_stored(self.orientation, self.width * aspect, self.height)
        return shifted(compose(turned, square), -0.5, -0.5)

    def stored_from(self, other_from_view: Affine) -> Affine:
        """The transform from a crop to stored coordinates, given the one from the view to the crop. Both [2, 3]."""
        return invert(compose(other_from_view, self.from_stored()))

    def thumbnail(self, frame: av.VideoFrame) -> tuple[Pixels, float]:
        """A small upright RGB picture [h, w, 3] of a frame, and its pixels per pixel of the view, at most 1."""
        width, height, scale = self._stored_thumbnail()
        small = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            interpolation=Interpolation.AREA,
            src_colorspace=_matrix_to_assume(frame),
            threads=1,
        )
        return np.ascontiguousarray(upright(small.to_ndarray(), self.orientation)), scale

    def thumbnail_of(self, picture: Picture) -> tuple[Pixels, float]:
        """The same of a picture of any layout."""
        width, height, scale = self._stored_thumbnail()
        stored = picture.layout.rgb(_resized(picture, width, height))
        return np.ascontiguousarray(upright(stored, self.orientation)), scale

    def _stored_thumbnail(self) -> tuple[int, int, float]:
        """Width and height before it is turned, and the scale.

        Of long sides up to THUMBNAIL it takes that whose short side is nearest to whole pixels, so that one scale
        holds for both.
        """
        wide, high = float(self.width * self.sample_aspect_ratio), float(self.height)
        longest, shortest = max(wide, high), min(wide, high)
        if longest <= THUMBNAIL:
            return max(1, round(wide)), max(1, round(high)), 1.0

        def error(side: int) -> float:
            short = side * shortest / longest
            return round(abs(short - round(short)), 3)

        scale = min(range(THUMBNAIL, int(THUMBNAIL * SHRINK), -1), key=error) / longest
        return max(1, round(wide * scale)), max(1, round(high * scale)), scale


def _resized(picture: Picture, width: int, height: int) -> Samples:
    """Its components at a smaller size, averaged: [height, width, components]."""
    size = (width, height)
    if picture.interleaved is not None:  # the same samples, without a copy of each component
        small = cv2.resize(picture.interleaved, size, interpolation=cv2.INTER_AREA)
        return small[..., :3]
    apart = [np.ascontiguousarray(component) for component in picture.components]
    return np.stack([cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in apart], axis=-1)


def _matrix_to_assume(frame: av.VideoFrame) -> Colorspace | None:
    """The matrix of an untagged frame for swscale, which would take it for BT.601 whatever its height."""
    if frame.colorspace != matrix.UNSPECIFIED or frame.format.name.startswith("gbr"):
        return None
    return _SWSCALE[matrix.guess(matrix.UNSPECIFIED, frame.height)]
