"""Which of a component's samples a rectangle of a crop covers. Pure geometry."""

from __future__ import annotations

import math

from .affine import Affine, bounds, shifted

Region = tuple[slice, slice]
"""Rows and columns."""
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom, in samples of a crop; all four belong to it."""


def covered(shape: tuple[int, ...], own_from_crop: Affine, rectangle: Rectangle, margin: int = 0) -> Region:
    """The samples of a component [height, width] within the rectangle's bounds; empty where it lies outside."""
    height, width = shape
    left, top, right, bottom = bounds(own_from_crop, *rectangle)
    return (
        slice(_within(math.ceil(top) - margin, height), _within(math.floor(bottom) + 1 + margin, height)),
        slice(_within(math.ceil(left) - margin, width), _within(math.floor(right) + 1 + margin, width)),
    )


def not_empty(shape: tuple[int, ...], region: Region) -> Region:
    """The region, or of an empty one the samples of the component that lie nearest."""
    rows, columns = region
    height, width = shape
    return _at_least_one(rows, height), _at_least_one(columns, width)


def within(region: Region, own_from_crop: Affine) -> Affine:
    """The map to the region's own coordinates."""
    rows, columns = region
    return shifted(own_from_crop, -columns.start, -rows.start)


def _within(at: int, length: int) -> int:
    return min(max(at, 0), length)


def _at_least_one(part: slice, length: int) -> slice:
    if part.start < part.stop:
        return part
    first = min(part.start, length - 1)
    return slice(first, first + 1)
