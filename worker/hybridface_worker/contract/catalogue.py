"""The model catalogue: which models a job may name, where their files are, and which are built in."""

from __future__ import annotations

from pydantic import Field

from .document import Document, Part
from .fields import Sha256, Uri
from .spec import ModelKind, ModelRef


class CatalogueEntry(Part):
    """One model whose file an administrator supplies."""

    kind: ModelKind
    """What it does."""
    format: str = Field(min_length=1, max_length=32)
    """How its file is to be read, such as `inswapper`."""
    uri: Uri
    """Where its file is. A relative path is taken from the catalogue's folder."""
    sha256: Sha256
    """Digest of its file. A file with another one is never loaded."""
    licence: str = Field(min_length=1, max_length=64)
    """What it may be used for, in the administrator's words; repeated in every report."""


class Catalogue(Document):
    """Models by name."""

    models: dict[str, CatalogueEntry] = {}
    """Under the name that jobs use. The names of built-in models are taken."""


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
