"""Smooth pictures that are known at every point, stored in any layout: what crops and pastes are measured against."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.media import Colour
from hybridface_worker.picture.picture import Picture

Array = npt.NDArray[np.float64]

FORMATS = [
    "yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "nv12", "gray", "gbrp",
    "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv420p12le", "yuv444p12le", "gray10le", "gbrp10le",
]  # fmt: skip


def colours(x: Array, y: Array) -> Array:
    """R, G, B (0..255) at picture coordinates, [..., 3]; waves of 60 and more samples, every channel another."""
    red = 128 + 70 * np.sin(x / 10 + y / 17)
    green = 120 + 60 * np.cos(x / 15 - y / 12)
    blue = 135 + 65 * np.sin(y / 10 + 1 - x / 21)
    return np.stack([red, green, blue], axis=-1)


def painted(name: str, width: int, height: int, colour: Colour) -> Picture:
    """A frame of that pixel format that shows `colours`, sampled where its layout says, as a picture."""
    picture = Picture.of_frame(av.VideoFrame(width, height, name), colour)
    for component, exact in zip(picture.components, sampled(picture, colours), strict=True):
        component[...] = np.rint(exact).clip(0, picture.layout.top)
    return picture


def sampled(picture: Picture, show) -> list[Array]:
    """What each component's samples must be where the picture shows `show(x, y)`, not rounded."""
    exact = []
    for i, (component, grid) in enumerate(zip(picture.components, picture.layout.grids, strict=True)):
        x, y = positions(component.shape, grid)
        rgb = show(x, y)
        exact.append(rgb @ picture.layout.from_rgb[i, :3] + picture.layout.from_rgb[i, 3])
    return exact


def positions(shape, grid) -> tuple[Array, Array]:
    """Picture coordinates of a component's samples, [height, width] each."""
    row, column = np.indices(shape)
    return column * grid.step_x + grid.x, row * grid.step_y + grid.y


def bilinear(values: npt.NDArray[Any], x: Array, y: Array, outside: float) -> Array:
    """Values [h, w] or [h, w, c] at fractional coordinates."""
    height, width = values.shape[:2]
    padded = np.pad(values, ((1, 1), (1, 1), *((0, 0),) * (values.ndim - 2)), constant_values=outside)
    x, y = np.clip(x + 1, 0, width + 0.999), np.clip(y + 1, 0, height + 0.999)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    along, down = x - column, y - row
    if values.ndim == 3:
        along, down = along[..., None], down[..., None]
    above = padded[row, column] * (1 - along) + padded[row, column + 1] * along
    below = padded[row + 1, column] * (1 - along) + padded[row + 1, column + 1] * along
    return np.asarray(above * (1 - down) + below * down)
