"""Which of a frame's faces are swapped, and for whom. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridface_worker.contract.spec import FaceSelection

from .types import Face


@dataclass(frozen=True, eq=False)
class Selected:
    """A face that is swapped."""

    face: Face
    source: str | None = None
    """Who takes its place, where people are mapped; None: whoever the chunk is of."""


def select(faces: Sequence[Face], selection: FaceSelection) -> list[Selected]:
    """The faces that the job asks for, in the order given.

    People are recognised by `likeness` alone, which `window.assign` has averaged over frames. Each face is the most
    similar person, the first of equals; one below the minimum similarity to all is not swapped.

    Raises:
        ValueError: people are looked for, and a face has no likeness.
    """
    sure = [face for face in faces if face.score >= selection.min_score]
    match selection.select:
        case "all":
            return [Selected(face) for face in sure]
        case "largest":
            return [Selected(largest(sure))] if sure else []
        case "reference" | "map":
            found = [(face, _person(face, selection.min_similarity)) for face in sure]
            people = selection.people
            return [Selected(face, people[person].source) for face, person in found if person is not None]


def largest(faces: Sequence[Face]) -> Face:
    """The face with the largest box; of equal ones the surer, then the first. Raises ValueError where there is none."""
    return max(faces, key=lambda face: (face.area, face.score))


def _person(face: Face, min_similarity: float) -> int | None:
    """Which person it is, None where it is none of them."""
    if face.likeness is None:
        raise ValueError("people are looked for, and this face has not been compared with them")
    best = int(face.likeness.argmax())
    return best if face.likeness[best] >= min_similarity else None
