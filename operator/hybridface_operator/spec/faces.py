"""Which faces are swapped, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .model import SpecModel, refuse_broken
from .types import Fraction, Label
from .uris import ObjectUri


class Reference(SpecModel):
    """An image of a person to find."""

    uri: ObjectUri
    """URI of an image of the person to find in the targets."""


class MapEntry(SpecModel):
    """One person in the targets, and the source that replaces them."""

    reference: Reference
    """The person to find."""
    source: Label
    """The name of the source."""


class Faces(SpecModel):
    """Which faces of a frame are swapped."""

    select: Literal["all", "largest", "reference"] = "all"
    """`all` faces, the `largest`, or those that match `reference`."""
    min_score: Fraction = "0.5"
    """Detections with a lower score are ignored."""
    reference: Reference | None = None
    """The person whose face is swapped, with `select: reference`."""
    min_similarity: Fraction = "0.4"
    """Least cosine similarity of two embeddings at which a face matches the reference."""
    map: Annotated[tuple[MapEntry, ...], Field(min_length=1, max_length=32)] | None = None
    """Several people in each target, each with a source. There is then one output per target, without `<source>/`."""

    @model_validator(mode="after")
    def _one_way_to_select(self) -> Self:
        refuse_broken(self._broken())
        return self

    def looked_for(self) -> tuple[Reference, ...]:
        """Who is looked for: nobody, one person, or everybody of the map in its order."""
        if self.map is not None:
            return tuple(entry.reference for entry in self.map)
        return () if self.reference is None else (self.reference,)

    def _broken(self) -> Iterator[tuple[str, str]]:
        if self.select == "reference" and self.reference is None:
            yield "reference", "is required with select: reference"
        if self.select != "reference" and self.reference is not None:
            yield "reference", f"has no effect with select: {self.select}; set select: reference or leave it out"
        if self.map is not None and self.select != "all":
            yield "map", f"excludes select: {self.select}; the map's references select"
        yield from self._contradictions()

    def _contradictions(self) -> Iterator[tuple[str, str]]:
        meant: dict[str, str] = {}
        for index, entry in enumerate(self.map or ()):
            first = meant.setdefault(entry.reference.uri, entry.source)
            if first != entry.source:
                yield (
                    f"map[{index}].source",
                    f'"{first}" takes the place of {entry.reference.uri} already; take one out',
                )
