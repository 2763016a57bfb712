"""Classifies the errors of an S3 service. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from minio.error import S3Error, ServerError

from hybridface_worker.contract.errors import (
    NotWritableError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreError,
    StoreRefusedError,
)
from hybridface_worker.contract.reasons import Reason

Intent = Literal["read", "write"]

_TRANSIENT_STATUS = frozenset({408, 429})
_TRANSIENT_CODES = frozenset(
    {"RequestTimeout", "SlowDown", "ConditionalRequestConflict", "OperationAborted", "IncompleteBody"}
)
_BUSY_CODES = frozenset({"InternalError", "ServiceUnavailable", "SlowDownRead", "SlowDownWrite"})
"""Of errors that come without a status of their own."""
_STALE_CREDENTIALS = frozenset({"ExpiredToken", "InvalidAccessKeyId", "InvalidTokenId", "InvalidToken"})
_SKEWED = "RequestTimeTooSkewed"
_DENIED_STATUS = 403
_MOST_SKEW = timedelta(minutes=15)
"""S3 takes no request whose time differs by more from its own."""
_FULL_STATUS = 507
_FULL_CODES = frozenset({"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded"})


@dataclass(frozen=True)
class Answer:
    """An error response of the service itself, as opposed to a broken connection or a proxy's page."""

    status: int
    code: str
    said: str
    date: datetime | None = None
    """The time of the service; None where it does not tell."""

    def skewed(self, now: datetime) -> bool:
        """Whether the clock here, which says `now`, is what is wrong. An answer to HEAD has no words for it."""
        apart = self.date is not None and abs(self.date - now) > _MOST_SKEW
        return self.code == _SKEWED or (self.status == _DENIED_STATUS and apart)

    @property
    def full(self) -> bool:
        """Whether there is no space left."""
        return self.status == _FULL_STATUS or self.code in _FULL_CODES

    @property
    def stale_credentials(self) -> bool:
        """Whether the credentials are not valid any more, or not yet."""
        return self.code in _STALE_CREDENTIALS


def answer_of(error: Exception) -> Answer | None:
    """The service's error response, if any."""
    if isinstance(error, S3Error):
        # The response to a HEAD has no body: MinIO has headers for it.
        headers = error.response.headers
        code = headers.get("x-minio-error-code") or error.code or ""
        said = headers.get("x-minio-error-desc", "").strip('"') or error.message
        # An operation that failed midway has already sent a status of success.
        status = error.response.status if error.response.status >= 400 else 500
        return Answer(status, code, f"{code}: {said}", _date(headers.get("date")))
    if isinstance(error, ServerError):
        return Answer(error.status_code, "", str(error))
    return None


def is_transient(error: Exception, *, renewable: bool) -> bool:
    """Whether a retry may succeed. Credentials that another process renews may be stale for a while."""
    answer = answer_of(error)
    if answer is None:
        return True
    if answer.stale_credentials:
        return renewable
    overloaded = answer.status in _TRANSIENT_STATUS or answer.code in _TRANSIENT_CODES
    return overloaded or (answer.status >= 500 and answer.status != 501 and not answer.full)


def is_transient_code(code: str) -> bool:
    """Whether the error of one object among several is transient."""
    return code in _TRANSIENT_CODES or code in _BUSY_CODES


def store_error(error: Exception, uri: str, intent: Intent, *, renewable: bool, now: datetime) -> StoreError:
    """The store's error for that of a request, after all retries. `now`: by the local clock."""
    answer = answer_of(error)
    if answer is not None and answer.skewed(now):
        told = f", where it is {answer.date:%Y-%m-%d %H:%M} UTC" if answer.date else ""
        return StoreError(
            Reason.SERVICE_AWAY,
            f"{uri}: it is {now:%Y-%m-%d %H:%M} UTC here, too far from the object store's clock{told} ({answer.said}): "
            "keep both by NTP",
        )
    if answer is None or is_transient(error, renewable=renewable):
        said = answer.said if answer else str(error)
        return StoreError(
            Reason.SERVICE_AWAY, f"{uri}: the object store stays away ({said}); run again when it is back"
        )
    if answer.full:
        return NotWritableError(Reason.STORAGE_FULL, f"{uri} does not fit ({answer.said}): make room and run again")
    if answer.status == 412 and intent == "read":
        return ObjectChangedError(Reason.INPUT_CHANGED, f"{uri} is no longer the object that it was")
    if answer.status == 412:
        return ObjectExistsError(Reason.OUTPUT_EXISTS, f"{uri} is there already")
    if answer.status == 404 and (intent == "read" or answer.code == "NoSuchUpload"):
        return ObjectNotFoundError(Reason.INPUT_NOT_FOUND, f"{uri}: there is no such object ({answer.said})")
    reason = Reason.INPUT_UNREADABLE if intent == "read" else Reason.OUTPUT_NOT_WRITABLE
    what = "read" if intent == "read" else "written"
    return StoreRefusedError(reason, f"{uri} cannot be {what} ({answer.said}): check the bucket and the rights to it")


def _date(text: str | None) -> datetime | None:
    """A time in a header of HTTP."""
    try:
        told = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
