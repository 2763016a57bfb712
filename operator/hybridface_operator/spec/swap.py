"""By which models faces are swapped, and how they go back into the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from .model import SpecModel, refuse_repeated
from .types import Boolean, Fraction, Integer, ModelName

NONE = "none"
"""The name that stands for no model."""


class ModelNames(SpecModel):
    """Models by their names in the catalogue."""

    detector: ModelName = "centerface"
    """Finds faces and their five landmarks."""
    recogniser: ModelName = NONE
    """Turns a face into an embedding; `none` if the job needs no embeddings."""
    swapper: ModelName = "blend"
    """Replaces a face with the source's."""
    restorer: ModelName = NONE
    """Sharpens swapped faces."""
    occluder: ModelName = NONE
    """Separates faces from what covers them; required if `blend.mask` has `occlusion`."""


def _once_each(masks: Sequence[str]) -> Sequence[str]:
    refuse_repeated(((f"[{index}]", mask) for index, mask in enumerate(masks)), "masks")
    return masks


Masks = Annotated[
    tuple[Literal["box", "occlusion", "region"], ...], Field(min_length=1, max_length=3), AfterValidator(_once_each)
]


class Blend(SpecModel):
    """How a swapped face is blended into the picture."""

    ratio: Fraction = "1.0"
    """Opacity of the swapped face, from 0 to 1."""
    mask: Masks = ("box",)
    """Masks whose intersection is replaced."""
    pixel_boost: Literal[128, 256, 512, 1024] = 128
    """Side of the square in which a face is swapped, in pixels."""
    colour_match: Boolean = True
    """Whether the swapped face is matched to the colours of the original face."""
    smoothing: Annotated[Integer, Field(ge=0, le=16)] = 4
    """Frames on each side over which a face's landmarks are smoothed; 0 switches smoothing off."""
