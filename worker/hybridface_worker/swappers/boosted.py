"""Pixel boost: a crop larger than the swapper's size is split into interleaved tiles, and joined again.

Tile (i, j) of k x k holds every k-th sample of every k-th row, from row i and column j on: each tile shows the whole
face, shifted by less than one of its own samples. So tiles differ little, and so do the model's results.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason

from .protocol import Crops, Source, Swapper


def boosted(swapper: Swapper, pixels: int) -> Swapper:
    """A swapper of crops of `pixels` x `pixels`; the swapper itself where its own are no smaller.

    Raises:
        TaskError: its size does not divide `pixels`.
    """
    if pixels <= swapper.size:
        return swapper
    if pixels % swapper.size:
        raise TaskError(
            Reason.BAD_TASK,
            f"blend.pixelBoost {pixels}: the swapper takes crops of {swapper.size}, and only multiples of that can be "
            "boosted",
        )
    return Boosted(swapper, pixels // swapper.size)


class Boosted:
    """Swaps crops `factor` times as large as the swapper's, all tiles of all crops in one batch.

    Sources keep the size that the swapper itself wants.
    """

    def __init__(self, swapper: Swapper, factor: int) -> None:
        self._swapper = swapper
        self._factor = factor
        self.size = swapper.size * factor
        self.needs_embedding = swapper.needs_embedding

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """Swapped crops [N, S, S, 3]."""
        each = [source for source in sources for _ in range(self._factor**2)]
        return joined(self._swapper.swap(tiles(crops, self._factor), each), self._factor)


def tiles(crops: Crops, factor: int) -> Crops:
    """[N, k * s, k * s, 3] -> [N * k * k, s, s, 3], a crop's tiles one after the other, row by row."""
    count, side = len(crops), crops.shape[1] // factor
    dealt = crops.reshape(count, side, factor, side, factor, 3).transpose(0, 2, 4, 1, 3, 5)
    return np.ascontiguousarray(dealt).reshape(count * factor * factor, side, side, 3)


def joined(dealt: Crops, factor: int) -> Crops:
    """The inverse of `tiles`."""
    count, side = len(dealt) // factor**2, dealt.shape[1]
    whole = dealt.reshape(count, factor, factor, side, side, 3).transpose(0, 3, 1, 4, 2, 5)
    return np.ascontiguousarray(whole).reshape(count, side * factor, side * factor, 3)
