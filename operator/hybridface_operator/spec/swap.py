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
    """Finds faces and their five points."""
    recogniser: ModelName = NONE
    """Turns a face into an embedding; `none` where nothing needs one."""
    swapper: ModelName = "blend"
    """Puts the source's face in place of another."""
    restorer: ModelName = NONE
    """Sharpens swapped faces."""
    occluder: ModelName = NONE
    """Tells faces from what is before them; needed where `blend.mask` has `occlusion`."""


def _once_each(masks: Sequence[str]) -> Sequence[str]:
    refuse_repeated(((f"[{index}]", mask) for index, mask in enumerate(masks)), "masks")
    return masks


Masks = Annotated[
    tuple[Literal["box", "occlusion", "region"], ...], Field(min_length=1, max_length=3), AfterValidator(_once_each)
]


class Blend(SpecModel):
    """How a swapped face goes back into the picture."""

    ratio: Fraction = "1.0"
    """How much of the swapped face is seen: 1 all, 0 nothing."""
    mask: Masks = ("box",)
    """Where the face is pasted: where all the masks agree."""
    pixel_boost: Literal[128, 256, 512, 1024] = 128
    """Side of the square that a face is swapped at, in pixels."""
    colour_match: Boolean = True
    """Whether the swapped face takes on the colours of the one it replaces."""
    smoothing: Annotated[Integer, Field(ge=0, le=16)] = 4
    """Frames on each side over which a face's points are smoothed; 0 is off."""
