"""A swapper for tests that draws a pattern: it shows, through any encoder, where crops were pasted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .protocol import Crops, Source

SQUARES = 8
"""Squares along a side; at 16 samples each they survive strong compression."""


class Marker:
    """Changes every other square of a checkerboard: visible on any face, and reversible.

    A crop's result depends on the crop alone.
    """

    size = 128
    needs_embedding = False

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """The crops with the pattern."""
        del sources
        row, column = np.indices((self.size, self.size)) * SQUARES // self.size
        odd = ((row + column) % 2).astype(bool)
        return np.where(odd[None, :, :, None], _opposite(crops), crops)


def _opposite(crops: Crops) -> Crops:
    """Moves every sample by 128, to the other half of the range."""
    return crops ^ np.uint8(128)
