"""Temporary credentials for the object store, as they go from the security token service into a Secret."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StorageCredentials:
    """Temporary credentials, never shown."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    minted: str
    """When they were made, RFC 3339."""
    expires: str
    """When they end, RFC 3339: with `minted` it says when they are due for renewal."""
