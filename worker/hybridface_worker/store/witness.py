"""Tells credentials that were taken back from a right that was never given: the service calls both `AccessDenied`.

An object that could be read is remembered. Where something is denied, in whichever bucket, it is looked at again: if
that is denied as well, the credentials are what is wrong, and new ones may be on their way. Where new ones have come
since the request, what was denied with the old ones says nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from minio.error import MinioException, S3Error

from .s3_errors import answer_of


class CredentialsRevokedError(MinioException):
    """What was allowed before is not any more. It passes: whoever renews the credentials may be at it."""


class Witness:
    """The object that was read last with some credentials. Safe for several threads."""

    def __init__(self) -> None:
        self._look: Callable[[], object] | None = None

    def saw(self, look: Callable[[], object]) -> None:
        """Remembers an object that was read, by what looks at it once more and raises as minio's calls do."""
        self._look = look

    def judge(self, error: S3Error, *, renewed: bool) -> None:
        """Raises CredentialsRevokedError where the credentials of the request are no longer good for anything.

        `renewed` says that there are others since.
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
