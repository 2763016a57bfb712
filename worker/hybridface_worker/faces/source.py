"""Which face of a source image is the source's. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.probe import FaceBox, Finding
from hybridface_worker.contract.reasons import Reason

from .select import largest
from .types import Face


def choose_face(faces: Sequence[Face], uri: str) -> tuple[FaceBox, tuple[Finding, ...]]:
    """The largest face, with a note where there were several.

    Raises:
        InputRefused: there is no face.
    """
    if not faces:
        raise InputRefused(
            Reason.NO_FACE_IN_SOURCE,
            "no face was found; give an image in which the face is upright, unobstructed and at least 40 pixels wide, "
            "or lower faces.minScore",
        )
    notes: tuple[Finding, ...] = ()
    if len(faces) > 1:
        message = f"{uri}: {len(faces)} faces were found and the largest is taken; crop the image if it is another"
        notes = (Finding(reason=Reason.SEVERAL_FACES_IN_SOURCE, message=message),)
    return _box_of(largest(faces)), notes


def _box_of(face: Face) -> FaceBox:
    left, top, right, bottom = (round(float(value), 3) for value in face.box)
    points = tuple((round(float(x), 3), round(float(y), 3)) for x, y in face.points)
    return FaceBox(box=(left, top, right, bottom), points=points, score=round(face.score, 4))
