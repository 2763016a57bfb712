"""Where a unit is cut into chunks."""

from __future__ import annotations


def boundaries(length: int, chunk_frames: int) -> tuple[int, ...]:
    """Cuts `length` frames or images into as few chunks of at most `chunk_frames` as there can be, evened out.

    Chunk k is `[result[k], result[k + 1])`; lengths differ by at most one. Evened out, because every chunk begins with
    a keyframe and a rate control of its own: a tail of one frame would pay for both and leave a worker idle.
    """
    if length < 1 or chunk_frames < 1:
        raise ValueError(f"{length} frames in chunks of {chunk_frames}: both must be above 0")
    count = -(-length // chunk_frames)
    return tuple(length * index // count for index in range(count + 1))
