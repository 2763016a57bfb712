"""What an occluder is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Crops = npt.NDArray[np.uint8]
"""RGB [N, S, S, 3], aligned to `faces.align.template(S)`."""
Visible = npt.NDArray[np.float32]
"""How much of each pixel is face and not something before it, 0..1, [N, S, S]."""


class Occluder(Protocol):
    """Tells faces from what is before them. It does not change its arguments; equal arguments give equal results."""

    @property
    def size(self) -> int:
        """S, the side of its crops."""
        ...

    def visible(self, crops: Crops) -> Visible:
        """How much of each pixel is face: float32 [N, S, S]."""
        ...
