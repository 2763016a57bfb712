"""The swapper that leaves a pattern: it shows, through any encoder, that and where crops were pasted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .protocol import Crops, Source

SQUARES = 8
"""Squares along a side; at 16 samples each they outlast strong compression."""


class Marker:
    """Changes every other square of a checkerboard: the pattern stands out on any face and shows what was there.

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
    """The other half of the range: every sample moves by 128, mid-grey too."""
    return crops ^ np.uint8(128)
