"""Which faces a frame has and where exactly, from the frames around it.

`assign` is a pure function of the frames `[t - k, t + k]` of one shot. It keeps no tracks, so a frame's result is the
same wherever a chunk, a shard or a retry begins:

1. Faces of `t` are tracked frame by frame in both directions, up to the next cut.
2. A face that the detector missed at `t` but saw before and after it, with at most `k` frames missing, is bridged.
3. Each face is smoothed by a local linear fit over the frames in which it was tracked, evaluated at `t`: a
   Savitzky-Golay filter of order 1 whose window may be truncated. A face in even motion does not lag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .following import Chain, match, outward
from .smoothing import fit
from .types import Face


@dataclass(frozen=True)
class FrameFaces:
    """What the detector saw in one frame."""

    number: int
    faces: tuple[Face, ...]
    cut_before: bool = False
    """A new shot begins with this frame."""


def assign(window: Sequence[FrameFaces], number: int, smoothing: int) -> list[Face]:
    """The faces of frame `number`, smoothed; those that were detected come first, in the detector's order.

    Args:
        window: frames in any order, `number` among them; those further away than `smoothing` are ignored.
        number: the frame in question.
        smoothing: k, the frames on each side. 0 returns the detections as they are.
    """
    frames = {frame.number: frame for frame in window if abs(frame.number - number) <= smoothing}
    seen = frames[number].faces
    if smoothing == 0:
        return list(seen)
    before = outward(seen, _shot(frames, number, -1))
    after = outward(seen, _shot(frames, number, +1))
    count = len(seen)
    chains = [left | right for left, right in zip(before[:count], after[:count], strict=True)]
    chains += _bridges(before[count:], after[count:], seen, smoothing)
    return [fit(chain, smoothing) for chain in chains]


def _shot(frames: Mapping[int, FrameFaces], number: int, step: int) -> list[tuple[int, tuple[Face, ...]]]:
    """Frames beside `number` in one direction, nearest first, as distances and faces, up to the next cut or gap."""
    found: list[tuple[int, tuple[Face, ...]]] = []
    at = number
    while at + step in frames and not frames[max(at, at + step)].cut_before:
        at += step
        found.append((at - number, frames[at].faces))
    return found


def _bridges(before: list[Chain], after: list[Chain], seen: Sequence[Face], smoothing: int) -> list[Chain]:
    """Chains that end before the frame, joined with those that begin after it."""
    ends = [(max(chain), chain) for chain in before]
    starts = [(min(chain), chain) for chain in after]
    pairs = match([chain[at] for at, chain in ends], [chain[at] for at, chain in starts])
    bridged = []
    for left, right in pairs:
        (end, head), (start, tail) = ends[left], starts[right]
        missing = start - end - 1
        if missing <= smoothing and not match([fit(head | tail, smoothing)], seen):
            bridged.append(head | tail)
    return bridged
