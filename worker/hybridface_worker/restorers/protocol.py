"""What a restorer is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Crops = npt.NDArray[np.uint8]
"""RGB [N, S, S, 3], aligned to the FFHQ five-point template."""


class Restorer(Protocol):
    """Makes faces sharp. It does not change its arguments, and equal arguments give equal results."""

    @property
    def size(self) -> int:
        """S, the side of its crops."""
        ...

    def restore(self, crops: Crops) -> Crops:
        """The same faces, sharper: [N, S, S, 3]."""
        ...
