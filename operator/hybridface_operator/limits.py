"""What inputs may be at most, as the environment says: the administrator's to set, never a job's."""

from __future__ import annotations

from collections.abc import Mapping

from hybridface_operator.errors import UsageError
from hybridface_worker.contract.spec import Limits


def limits_of(env: Mapping[str, str]) -> Limits:
    """By `HYBRIDFACE_MAX_*`. Raises UsageError."""
    try:
        return Limits.from_env(env)
    except ValueError as error:
        raise UsageError(str(error)) from None
