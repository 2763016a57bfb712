"""The samples of a component that a rectangle of a crop covers. Pure geometry."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .affine import Affine, apply, shifted

Region = tuple[slice, slice]
"""Rows and columns."""
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom, in samples of a crop; all four belong to it."""


def covered(shape: tuple[int, ...], own_from_crop: Affine, rectangle: Rectangle, margin: int) -> Region:
    """The samples of a component [height, width] in the rectangle's bounding box; the nearest one if there are none."""
    height, width = shape
    (left, top), (right, bottom) = _bounds(_corners(own_from_crop, rectangle))
    return _one_at_least(top, bottom, margin, height), _one_at_least(left, right, margin, width)


def bands(shape: tuple[int, ...], own_from_crop: Affine, rectangle: Rectangle, rows: int) -> Iterator[Region]:
    """The samples of a component [height, width] in the rectangle, in bands of rows; none where it lies outside.

    Of a rotated rectangle, bands leave out most of the bounding box that is not in it.
    """
    height, width = shape
    corners = _corners(own_from_crop, rectangle)
    (_, top), (_, bottom) = _bounds(corners)
    first, last = max(0, math.ceil(top)), min(height - 1, math.floor(bottom))
    for start in range(first, last + 1, rows):
        stop = min(start + rows, last + 1)
        left, right = _extent(corners, start, stop - 1)
        columns = slice(max(0, math.ceil(left)), min(width, math.floor(right) + 1))
        if columns.start < columns.stop:
            yield slice(start, stop), columns


def within(region: Region, own_from_crop: Affine) -> Affine:
    """The transform to the region's own coordinates."""
    rows, columns = region
    return shifted(own_from_crop, -columns.start, -rows.start)


def _corners(own_from_crop: Affine, rectangle: Rectangle) -> list[tuple[float, float]]:
    left, top, right, bottom = rectangle
    inside = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    return [(x, y) for x, y in apply(own_from_crop, inside).tolist()]


def _bounds(corners: list[tuple[float, float]]) -> tuple[tuple[float, float], tuple[float, float]]:
    columns, rows = zip(*corners, strict=True)
    return (min(columns), min(rows)), (max(columns), max(rows))


def _extent(corners: list[tuple[float, float]], top: float, bottom: float) -> tuple[float, float]:
    """The least and greatest x of a convex polygon between two values of y that it reaches."""
    reached: list[float] = []
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        low, high = max(top, min(y0, y1)), min(bottom, max(y0, y1))
        if low > high:
            continue
        if y0 == y1:
            reached += [x0, x1]
        else:
            reached += [x0 + (x1 - x0) * (y - y0) / (y1 - y0) for y in (low, high)]
    return min(reached), max(reached)


def _one_at_least(low: float, high: float, margin: int, length: int) -> slice:
    start = min(max(math.ceil(low) - margin, 0), length - 1)
    return slice(start, max(start + 1, min(math.floor(high) + 1 + margin, length)))
