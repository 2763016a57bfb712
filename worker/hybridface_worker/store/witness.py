"""Tells revoked credentials from missing permissions: for both the service answers `AccessDenied`.

An object that could be read is remembered. When something is denied, in any bucket, that object is tried again: if it
is denied as well, the credentials were revoked, and new ones may be on their way. If new ones have arrived since the
request, its denial means nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from minio.error import MinioException, S3Error

from .s3_errors import answer_of


class CredentialsRevokedError(MinioException):
    """What was allowed before is denied. Transient: the credentials are probably being renewed."""


class Witness:
    """The object that was read last with some credentials. Thread-safe."""

    def __init__(self) -> None:
        self._look: Callable[[], object] | None = None

    def saw(self, look: Callable[[], object]) -> None:
        """Remembers a readable object by a call that heads it and raises as minio's calls do."""
        self._look = look

    def judge(self, error: S3Error, *, renewed: bool) -> None:
        """Raises CredentialsRevokedError where the credentials of the request are not valid any more.

        `renewed`: there are others since.
        """
        if self._look is None or not _denied(error):
            return
        if renewed:
            raise CredentialsRevokedError(f"credentials were renewed meanwhile: {error.message}") from error
        try:
            self._look()
        except S3Error as again:
            if _denied(again):
                raise CredentialsRevokedError(f"credentials that were good are denied all: {error.message}") from again


def _denied(error: S3Error) -> bool:
    answer = answer_of(error)
    return answer is not None and answer.code == "AccessDenied"
