"""Tracks faces from frame to frame: greedy one-to-one matching that depends on the faces alone."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from .types import Face

MAX_STEP = 0.5
"""The most that a face's centre moves from where it was last seen, in sides of the smaller box."""
MAX_GROWTH = 1.6
"""The most that its side changes, as a factor."""

Chain = dict[int, Face]
"""One face's detections by distance from the frame in question: 0 is that frame, -1 the one before."""


def outward(seen: Sequence[Face], frames: Iterable[tuple[int, Sequence[Face]]]) -> list[Chain]:
    """Tracks faces away from a frame, in one direction.

    Args:
        seen: the faces of the frame in question.
        frames: distances and faces of the others, nearest first.

    Returns:
        A chain for each of `seen`, in order, then one for each face that appeared further away.
    """
    chains: list[Chain] = [{0: face} for face in seen]
    last = list(seen)
    for distance, faces in frames:
        found = dict(match(last, faces))
        for i, j in found.items():
            chains[i][distance] = last[i] = faces[j]
        for j in sorted(set(range(len(faces))) - set(found.values())):
            chains.append({distance: faces[j]})
            last.append(faces[j])
    return chains


def match(left: Sequence[Face], right: Sequence[Face]) -> list[tuple[int, int]]:
    """Pairs of indices of faces that may be the same, the nearest pair first; no face is in two pairs.

    A face is only compared with those near it horizontally: in a crowd they are few.
    """
    order = sorted(range(len(right)), key=lambda j: right[j].centre[0])
    across = [right[j].centre[0] for j in order]
    costs: list[tuple[float, int, int]] = []
    for i, face in enumerate(left):
        (x, _), reach = face.centre, face.side  # wider than any step: MAX_STEP is below 1
        near = order[bisect_left(across, x - reach) : bisect_right(across, x + reach)]
        costs += [(cost, i, j) for j in near if (cost := _cost(face, right[j])) < math.inf]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(costs):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return list(pairs.items())


def _cost(a: Face, b: Face) -> float:
    """The distance of their centres in sides of the smaller box; infinite where they cannot be one face.

    Where people are looked for, the difference of their similarities is added, so that two people who cross paths keep
    their identities.
    """
    small, large = sorted((a.side, b.side))
    if small == 0 or large > small * MAX_GROWTH:
        return math.inf
    distance = math.dist(a.centre, b.centre) / small
    return distance + _difference(a, b) if distance <= MAX_STEP else math.inf


def _difference(a: Face, b: Face) -> float:
    """The largest difference of similarity to any person: at most 2, and small for one face in two frames."""
    if a.likeness is None or b.likeness is None:
        return 0.0
    return float(abs(a.likeness - b.likeness).max())
