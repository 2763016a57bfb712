"""A FaceSwapJob's metadata: Kubernetes' ObjectMeta, so that an object read back from a cluster is a manifest too."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from .model import SpecModel
from .types import DNS_LABEL, Integer, Label

MAX_NAME_LENGTH = 52
"""Names of Jobs and pods are made of it, and those end at 63."""

Labels = Annotated[dict[str, str], Field(max_length=256)]


class Metadata(SpecModel):
    """Name, namespace and labels; the rest is the API server's, and only read."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH, pattern=DNS_LABEL)]
    """Unique within the namespace."""
    namespace: Label = "default"
    """The tenant whose grant applies."""
    labels: Labels = {}
    """Labels to select jobs by."""
    annotations: Labels = {}
    """Notes by people and tools."""

    uid: str | None = None
    """The API server's."""
    generation: Integer | None = None
    """The API server's: counts changes of the spec."""
    resource_version: str | None = None
    """The API server's."""
    creation_timestamp: str | None = None
    """The API server's."""
    deletion_timestamp: str | None = None
    """The API server's."""
    deletion_grace_period_seconds: Integer | None = None
    """The API server's."""
    generate_name: str | None = None
    """What the API server made the name from."""
    self_link: str | None = None
    """No longer set by API servers."""
    owner_references: tuple[dict[str, Any], ...] = ()
    """Objects that this one goes with."""
    finalizers: tuple[str, ...] = ()
    """Who has to let go before the object is removed."""
    managed_fields: tuple[dict[str, Any], ...] = ()
    """Which client set which field."""
