"""What a swapper is. Frozen: models and pipelines are written against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Crop = npt.NDArray[np.uint8]
"""RGB [S, S, 3], aligned to `faces.align.template(S)`."""
Crops = npt.NDArray[np.uint8]
"""RGB [N, S, S, 3]."""


@dataclass(frozen=True, eq=False)
class Source:
    """One identity, as swappers take it."""

    crop: Crop
    """Of the swapper's size."""
    embedding: npt.NDArray[np.float32] | None = None
    """Mean of the images' unit embeddings, [512]; None without a recogniser. Never leaves this process."""


class Swapper(Protocol):
    """Puts sources' faces into crops. It does not change its arguments, and equal arguments give equal results."""

    @property
    def size(self) -> int:
        """S, the side of its crops."""
        ...

    @property
    def needs_embedding(self) -> bool:
        """Whether sources must come with one."""
        ...

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """Swapped crops [N, S, S, 3]; `sources` [N] has one for each."""
        ...
