"""What can go wrong with Consul. The class says whether waiting helps."""

from __future__ import annotations

from hybridface_operator.errors import OperatorError


class ConsulError(OperatorError):
    """Base of all."""


class ConsulAway(ConsulError):
    """Nobody answers, or not as Consul does, or Consul has no leader: the same request may work later."""


class ConsulForbidden(ConsulError):
    """Consul answers, and the token does not allow it."""

    exit_status = 2


class ConsulRefused(ConsulError):
    """Consul says that the request itself is wrong, such as a value that is too large."""


class Overtaken(ConsulError):
    """Somebody else changed the document between reading and writing it. Nothing of it was overwritten."""
