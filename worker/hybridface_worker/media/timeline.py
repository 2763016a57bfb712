"""Timestamps of each packet of the whole video: pure arithmetic over the source's frame table.

Knows nothing of containers: times are ticks of the source's time base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Timeline:
    """The source's timestamps, and the reorder delay.

    Attributes:
        pts: int64 [frames], strictly increasing, in display order.
        durations: int64 [frames], in display order.
        delay: the encoder's reorder depth: how many frames ahead of its display a packet may be decoded.
    """

    pts: npt.NDArray[np.int64]
    durations: npt.NDArray[np.int64]
    delay: int

    def dts(self, position: int) -> int:
        """The decoding time of the packet at this position in decoding order: the pts of `delay` frames earlier.

        Strictly increasing, and never above the packet's own pts while no packet is reordered by more than `delay`.
        Before the first frame it is extrapolated by the first interval.
        """
        if position >= self.delay:
            return int(self.pts[position - self.delay])
        return int(self.pts[0]) - (self.delay - position) * self._first_interval

    def stamp(self, packet: Any, position: int, frame: int) -> bool:
        """Sets a packet's timestamps to those of its frame. False where its dts would be after its pts."""
        packet.pts, packet.dts = int(self.pts[frame]), self.dts(position)
        packet.duration = int(self.durations[frame])
        return bool(packet.dts <= packet.pts)

    @property
    def _first_interval(self) -> int:
        interval = self.pts[1] - self.pts[0] if len(self.pts) > 1 else self.durations[0]
        return max(int(interval), 1)
