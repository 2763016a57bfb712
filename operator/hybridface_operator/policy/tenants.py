"""Tenants: which namespaces may have jobs, and what they may read and write. Owned by the cluster's administrators."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from hybridface_worker.contract.document import Document, Part
from hybridface_worker.store.uri import parse_uri

from .policy import Namespace
from .types import Sensitivity


def _is_prefix(uri: str) -> str:
    location = parse_uri(uri)
    if location.scheme != "s3" or not location.is_prefix:
        raise ValueError(f"{uri!r}: give a prefix such as s3://bucket/folder/, with a slash at its end")
    return location.uri


_PATTERN = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([^*?$%]+/)?$"
"""For JSON Schema alone: `parse_uri` says in words what is wrong."""
Prefix = Annotated[
    str, Field(min_length=6, max_length=1024, json_schema_extra={"pattern": _PATTERN}), AfterValidator(_is_prefix)
]
"""`s3://bucket/` or `s3://bucket/folder/`: everything below it, matched on slashes."""


class Grant(Part):
    """What one namespace may do."""

    namespace: Namespace
    """The tenant."""
    read: Annotated[tuple[Prefix, ...], Field(max_length=64)] = ()
    """Sources, references and targets have to lie below one of these."""
    write: Annotated[tuple[Prefix, ...], Field(max_length=64)] = ()
    """Outputs have to lie below one of these."""
    min_sensitivity: Sensitivity = Sensitivity.PUBLIC
    """What its jobs count as at least, whatever they say of themselves."""


class Tenants(Document):
    """All grants. A namespace without one may do nothing."""

    grants: Annotated[tuple[Grant, ...], Field(max_length=1000)] = ()
    """One for each namespace."""

    def grant(self, namespace: str) -> Grant | None:
        """What the namespace may do, None where it may do nothing."""
        return next((grant for grant in self.grants if grant.namespace == namespace), None)
