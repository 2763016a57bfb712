"""Which of a frame's faces are swapped. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hybridface_worker.contract.spec import FaceSelection

from .types import Face


def select(faces: Sequence[Face], selection: FaceSelection) -> list[Face]:
    """The faces that the job asks for, in the order given."""
    sure = [face for face in faces if face.score >= selection.min_score]
    if selection.select == "largest" and sure:
        return [largest(sure)]
    return sure


def largest(faces: Sequence[Face]) -> Face:
    """The face with the largest box; of equal ones the surer, then the first. Raises ValueError where there is none."""
    return max(faces, key=lambda face: (face.area, face.score))
