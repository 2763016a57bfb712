"""What the API server answers, as exceptions. The class says what to do about it."""

from __future__ import annotations

from hybridface_operator.errors import OperatorError


class KubeError(OperatorError):
    """Base of all. `status` is that of HTTP, 0 where there was no answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


class KubeAway(KubeError):
    """No answer, too many requests, a failing server, or a token that is not yet renewed: later it works."""


class KubeConflict(KubeError):
    """The object is not as it was thought to be: read it again and decide again."""


class KubeGone(KubeError):
    """The object, or its namespace, is not there any more."""


class KubeForbidden(KubeError):
    """The operator's role, or an admission policy, does not allow it."""


class KubeRefused(KubeError):
    """The request is wrong, as an object that does not validate is."""
