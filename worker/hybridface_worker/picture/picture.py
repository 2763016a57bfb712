"""One picture as writable views onto its own samples. Nothing is copied or converted here."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np

from hybridface_worker.contract.media import Colour

from .formats import PixelFormat, pixel_format
from .layout import Layout, Samples, layout_of
from .matrix import BT601


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture's components, and how they are laid out."""

    components: tuple[Samples, ...]
    """Views: writing to them writes to the frame or the array. Y, Cb, Cr; or R, G, B; or Y. Alpha is left out."""
    layout: Layout
    interleaved: Samples | None = None
    """[H, W, 3 | 4], the array of which R, G and B are views, alpha last; None for anything else."""

    @classmethod
    def of_frame(cls, frame: av.VideoFrame, colour: Colour) -> Picture:
        """Views onto a frame's planes. Whoever writes to them must own the frame: a decoder refers to its own.

        Raises:
            InputRefused: its pixel format or matrix is not supported.
        """
        pixels = pixel_format(frame.format.name)
        layout = layout_of(
            pixels,
            frame.height,
            full_range=colour.full_range,
            matrix_code=colour.matrix,
            chroma_location=colour.chroma_location,
        )
        components = []
        for (plane, first, step), grid in zip(pixels.places, layout.grids, strict=True):
            width, height = -(-frame.width // grid.step_x), -(-frame.height // grid.step_y)
            components.append(_rows(frame.planes[plane], pixels.depth)[:height, first : first + step * width : step])
        return cls(tuple(components), layout)

    @classmethod
    def of_image(cls, array: Samples) -> Picture:
        """Views onto an image: uint8 or uint16, [H, W], [H, W, 1 | 2] grey or [H, W, 3 | 4] RGB; alpha is the last."""
        array = array if array.ndim == 3 else array[..., None]
        colours = 3 if array.shape[2] >= 3 else 1
        places = tuple((0, channel, array.shape[2]) for channel in range(colours))
        pixels = PixelFormat(array.itemsize * 8, places, rgb=colours == 3, full_range=True)
        components = tuple(array[..., channel] for channel in range(colours))
        return cls(components, layout_of(pixels, array.shape[0], matrix_code=BT601), array if colours == 3 else None)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in samples of the first component."""
        height, width = self.components[0].shape
        return width, height


def _rows(plane: av.video.plane.VideoPlane, depth: int) -> Samples:
    """All of a plane's rows with their padding, [plane height, samples per line]."""
    sample = np.dtype(np.uint8 if depth == 8 else "<u2")
    data: Samples = np.frombuffer(memoryview(plane), sample)
    line = plane.line_size // sample.itemsize
    return data[: plane.height * line].reshape(plane.height, line)
