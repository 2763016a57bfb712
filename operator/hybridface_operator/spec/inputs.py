"""What a job reads: the identities it puts in, and the images and videos it puts them into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from .model import SpecModel, refuse_repeated
from .types import Label
from .uris import ObjectUri, TargetUri


class SourceImage(SpecModel):
    """One image of a source."""

    uri: ObjectUri
    """URI of a JPEG, PNG or WebP image. If it has several faces, the largest is used."""


class Source(SpecModel):
    """One identity."""

    name: Label
    """Names the source in outputs: `<output>/<name>/...`."""
    images: Annotated[tuple[SourceImage, ...], Field(min_length=1, max_length=16)]
    """Images of this person. The face with the highest score is used; embeddings are averaged over all images."""


class Target(SpecModel):
    """One image or video, or every one under a prefix."""

    name: Label
    """Names the outputs: `<source>/<name>.<ext>`, and those of a prefix `<source>/<name>/<relative path>`."""
    uri: TargetUri
    """URI of an image or video. A URI that ends in a slash stands for every object under it."""


_Named = TypeVar("_Named", Source, Target)


def _named_apart(values: Sequence[_Named]) -> Sequence[_Named]:
    refuse_repeated(((f"[{index}].name", value.name) for index, value in enumerate(values)), "names")
    return values


Sources = Annotated[tuple[Source, ...], Field(min_length=1, max_length=64), AfterValidator(_named_apart)]
Targets = Annotated[tuple[Target, ...], Field(min_length=1, max_length=256), AfterValidator(_named_apart)]
