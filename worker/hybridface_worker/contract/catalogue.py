"""The model catalogue: which models a job may name, where their files are, and which are built in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .document import Document, Part
from .spec import ModelRef


class CatalogueEntry(Part):
    """One model whose file an administrator supplies."""

    kind: Literal["detector", "recogniser", "swapper", "restorer"]
    format: str = Field(min_length=1, max_length=32)
    uri: str = Field(min_length=1, max_length=1024)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str = Field(min_length=1, max_length=64)


class Catalogue(Document):
    """Models by name."""

    models: dict[str, CatalogueEntry] = {}


BUILT_IN: dict[str, ModelRef] = {
    model.name: model
    for model in (
        ModelRef(name="centerface", kind="detector", format="builtin", licence="MIT"),
        ModelRef(name="blend", kind="swapper", format="builtin", licence="Apache-2.0"),
        ModelRef(name="identity", kind="swapper", format="builtin", licence="Apache-2.0"),
        ModelRef(name="marker", kind="swapper", format="builtin", licence="Apache-2.0"),
    )
}
"""Models that need no file from anybody."""
