"""A swapper for tests that changes nothing: every stage runs, and the result must equal the input."""

from __future__ import annotations

from collections.abc import Sequence

from .protocol import Crops, Source


class Identity:
    """Returns the crops."""

    size = 128
    needs_embedding = False

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """The crops as they are."""
        del sources
        return crops
