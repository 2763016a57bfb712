"""Pads batches to few sizes, for devices that build or record something for every shape. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Feeds = Mapping[str, npt.NDArray[Any]]


def padded_size(count: int, most: int) -> int:
    """The least of `most`, its half, its quarter and so on that holds `count`; `count` itself where it is above."""
    size = most
    while size // 2 >= count and size > 1:
        size //= 2
    return max(size, count)


def padded(feeds: Feeds, batched: Collection[str], size: int) -> dict[str, npt.NDArray[Any]]:
    """The same with the inputs `batched` padded to that size by repeating the last picture."""
    return {
        name: np.concatenate([each, np.repeat(each[-1:], size - len(each), axis=0)])
        if name in batched and len(each) < size
        else each
        for name, each in feeds.items()
    }
