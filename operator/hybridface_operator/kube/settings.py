"""How the API server is reached. Read once at start-up; what it names on disk is read again when a token is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KubeSettings:
    """Where the API server is, and who asks."""

    kubeconfig: Path | None = None
    """A kubeconfig file, by its current context; without it the service account of the pod that this runs in."""
    timeout_seconds: float = 30
    """For how long an answer is waited for."""
    page: int = 500
    """Objects that a list asks for at a time."""
