"""How many faces were swapped where, as manifests say it. Pure."""

from __future__ import annotations

from hybridface_worker.contract.manifest import FaceCount


def run_lengths(start: int, counts: list[int]) -> tuple[FaceCount, ...]:
    """Counts of successive frames from `start` on, as ranges of equal count."""
    ranges: list[FaceCount] = []
    for number, faces in enumerate(counts, start):
        if ranges and ranges[-1].faces == faces:
            ranges[-1] = ranges[-1].model_copy(update={"end": number + 1})
        else:
            ranges.append(FaceCount(start=number, end=number + 1, faces=faces))
    return tuple(ranges)
