"""Credentials for one attempt, from the security token service of MinIO (AssumeRole). The one module that talks to it.

What is minted may do what the session policy allows, and of that what the parent key may do itself. The parent key is
read from files at each minting, so that it may be rotated. It must not be an administrator's: where a policy is built
wrong, the parent's rights are what still bounds it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import urllib3
from minio import MinioAdmin
from minio.credentials.credentials import Credentials
from minio.credentials.providers import AssumeRoleProvider
from minio.error import MinioAdminException

from hybridface_operator.policy.types import written
from hybridface_worker.store.credentials import FolderProvider
from hybridface_worker.store.s3_client import connections
from hybridface_worker.store.settings import S3Settings

from .errors import MintingError, ParentKeyError, PolicyRefusedError, StsAwayError
from .settings import StsSettings
from .temporary import StorageCredentials

_SKEWED = b"<Code>RequestTimeTooSkewed</Code>"
_STS = "{https://sts.amazonaws.com/doc/2011-06-15/}"


class Minter:
    """Makes credentials. Safe for several threads."""

    def __init__(
        self,
        settings: StsSettings,
        *,
        http: urllib3.PoolManager | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`http` and `clock` stand in for the connections that the settings ask for, and for the time."""
        self._settings = settings
        self._url = urlsplit(settings.endpoint)
        self._http = http or connections(
            S3Settings(
                endpoint=self._url.netloc,
                secure=self._url.scheme == "https",
                ca_file=settings.ca_file,
                proxy=settings.proxy,
            )
        )
        self._clock = clock
        self._parent = FolderProvider(settings.parent_dir)

    def mint(self, policy: str) -> StorageCredentials:
        """Credentials that may do what the session policy says, and nothing else.

        Raises:
            ValueError: the policy is empty, which would give all that the parent may do.
            MintingError: see its classes.
        """
        if not policy:
            raise ValueError("an empty session policy gives the parent's full rights")
        parent = self._read_parent()
        now = self._clock().replace(microsecond=0)
        try:
            # A provider of one's own for each: it would hand out again what it has, until that expires.
            made = AssumeRoleProvider(
                sts_endpoint=self._settings.endpoint,
                access_key=parent.access_key,
                secret_key=parent.secret_key,
                duration_seconds=self._settings.duration_seconds,
                policy=policy,
                region=self._settings.region,
                http_client=cast("urllib3.PoolManager", _Answers(self._http, self._settings.endpoint)),
            ).retrieve()
        except (urllib3.exceptions.HTTPError, OSError, ValueError, ET.ParseError) as error:
            raise StsAwayError(
                f"{self._settings.endpoint} mints no credentials now ({error}); it is tried again"
            ) from error
        if made.session_token is None or made.expiration is None:
            raise StsAwayError(f"{self._settings.endpoint} answered without a token or a time of expiry")
        return StorageCredentials(
            access_key=made.access_key,
            secret_key=made.secret_key,
            session_token=made.session_token,
            minted=written(now),
            expires=written(made.expiration.replace(microsecond=0, tzinfo=UTC)),
        )

    def check_parent(self) -> None:
        """Asks for what only an administrator is told, and wants to be refused. Raises MintingError."""
        self._read_parent()
        admin = MinioAdmin(
            endpoint=self._url.netloc,
            credentials=self._parent,
            region=self._settings.region,
            secure=self._url.scheme == "https",
            http_client=self._http,
        )
        try:
            admin.info()
        except MinioAdminException as error:
            if "Status: 5" not in str(error):
                return
            raise StsAwayError(f"{self._settings.endpoint} cannot say who the parent key is ({error})") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StsAwayError(f"{self._settings.endpoint} does not answer ({error}); it is tried again") from error
        raise ParentKeyError(
            f"the key in {self._settings.parent_dir} is root's or another administrator's: give one that may use the "
            "objects of tenants, models and jobs, and nothing else"
        )

    def _read_parent(self) -> Credentials:
        try:
            return self._parent.retrieve()
        except (OSError, ValueError) as error:
            raise ParentKeyError(
                f"{self._settings.parent_dir} holds no access-key and secret-key to mint with ({error})"
            ) from error


class _Answers:
    """Connections that raise what the service says: minio's provider keeps the status and drops the words."""

    def __init__(self, http: urllib3.PoolManager, endpoint: str) -> None:
        self._http = http
        self._endpoint = endpoint

    def urlopen(self, method: str, url: str, **rest: Any) -> urllib3.BaseHTTPResponse:
        response = self._http.urlopen(method, url, **rest)
        if response.status != 200:
            raise self._refusal(response)
        return response

    def _refusal(self, response: urllib3.BaseHTTPResponse) -> MintingError:
        said = _message(response.data)
        if _SKEWED in response.data:
            return StsAwayError(f"{self._endpoint} has another time than it is here ({said}): keep both by NTP")
        if response.status in {401, 403}:
            return ParentKeyError(
                f"{self._endpoint} does not take the parent key ({said}): it has to be a user's own, enabled, and no "
                "access key of a user's; jobs wait until then"
            )
        if 400 <= response.status < 500 and response.status not in {408, 429}:
            return PolicyRefusedError(f"{self._endpoint} does not take a session policy ({said})")
        return StsAwayError(f"{self._endpoint} answers with status {response.status} ({said}); it is tried again")


def _message(body: bytes) -> str:
    """What an error document says; of a proxy's page its beginning."""
    try:
        found = ET.fromstring(body).findtext(f"{_STS}Error/{_STS}Message")  # noqa: S314 - it holds all our data anyway
    except ET.ParseError:
        found = None
    return found or body[:200].decode(errors="replace")
