"""Which face of a source image is the source's. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.probe import FaceBox, Finding
from hybridface_worker.contract.reasons import Reason

from .select import largest
from .types import Face

LEAST_WIDTH = 40
"""Pixels: a smaller face shows too little of whose it is."""


def choose_face(faces: Sequence[Face], uri: str, *, reference: bool = False) -> tuple[FaceBox, tuple[Finding, ...]]:
    """The largest face, with notes where there were several, and where it is small.

    Args:
        faces: in the upright image's pixels.
        uri: of the image.
        reference: whether it shows who is looked for, not who is put in.

    Raises:
        InputRefused: there is no face.
    """
    if not faces:
        raise InputRefused(
            Reason.NO_FACE_IN_REFERENCE if reference else Reason.NO_FACE_IN_SOURCE,
            f"no face was found; give an image in which the face is upright, unobstructed and at least {LEAST_WIDTH} "
            "pixels wide, or lower faces.minScore",
        )
    chosen = _box_of(largest(faces))
    notes = []
    if len(faces) > 1:
        message = f"{uri}: {len(faces)} faces were found and the largest is taken; crop the image if it is another"
        notes.append(Finding(reason=Reason.SEVERAL_FACES_IN_SOURCE, message=message))
    width = chosen.box[2] - chosen.box[0]
    if width < LEAST_WIDTH:
        message = (
            f"{uri}: the face is {width:.0f} pixels wide, too few to tell whose it is; give an image in which it has "
            f"at least {LEAST_WIDTH}"
        )
        notes.append(Finding(reason=Reason.SMALL_FACE_IN_SOURCE, message=message))
    return chosen, tuple(notes)


def _box_of(face: Face) -> FaceBox:
    left, top, right, bottom = (round(float(value), 3) for value in face.box)
    points = tuple((round(float(x), 3), round(float(y), 3)) for x, y in face.points)
    return FaceBox(box=(left, top, right, bottom), points=points, score=round(face.score, 4))
