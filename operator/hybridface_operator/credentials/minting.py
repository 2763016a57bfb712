"""Credentials for one attempt, from the security token service of MinIO (AssumeRole). The one module that talks to it.

What is minted may do what the session policy allows, and of that what the parent key may do itself. The parent key is
read from files at each minting, so that it may be rotated. It must not be an administrator's: where a policy is built
wrong, the parent's rights are what still bounds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import urllib3
from minio import MinioAdmin
from minio.credentials.credentials import Credentials
from minio.error import MinioAdminException
from minio.signer import sign_v4_sts
from minio.time import to_amz_date

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
            response = self._ask(parent, policy, now)
            if response.status != HTTPStatus.OK:
                raise self._refusal(response)
            return _minted(response.data, now)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, ET.ParseError) as error:
            raise StsAwayError(
                f"{self._settings.endpoint} mints no credentials now ({error}); it is tried again"
            ) from error

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

    def _ask(self, parent: Credentials, policy: str, now: datetime) -> urllib3.BaseHTTPResponse:
        """One signed AssumeRole. minio's own provider keeps the status of a refusal and drops its words."""
        body = urlencode(
            {
                "Action": "AssumeRole",
                "Version": "2011-06-15",
                "DurationSeconds": self._settings.duration_seconds,
                "Policy": policy,
            }
        )
        digest = hashlib.sha256(body.encode()).hexdigest()
        headers = sign_v4_sts(
            method="POST",
            url=self._url,
            region=self._settings.region,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Host": self._url.netloc,
                "X-Amz-Date": to_amz_date(now),
            },
            credentials=parent,
            content_sha256=digest,
            date=now,
        )
        text_headers = {name: str(value) for name, value in headers.items()}
        return self._http.urlopen("POST", self._settings.endpoint, body=body, headers=text_headers)

    def _refusal(self, response: urllib3.BaseHTTPResponse) -> MintingError:
        said = _message(response.data)
        if _SKEWED in response.data:
            return StsAwayError(
                f"{self._settings.endpoint} has another time than it is here ({said}): keep both by NTP"
            )
        if response.status in {401, 403}:
            return ParentKeyError(
                f"{self._settings.endpoint} does not take the parent key ({said}): it has to be a user's own, enabled, "
                "and no access key of a user's; jobs wait until then"
            )
        if 400 <= response.status < 500 and response.status not in {408, 429}:
            return PolicyRefusedError(f"{self._settings.endpoint} does not take a session policy ({said})")
        return StsAwayError(
            f"{self._settings.endpoint} answers with status {response.status} ({said}); it is tried again"
        )


def _minted(answer: bytes, now: datetime) -> StorageCredentials:
    """What an answer gives. Raises ValueError, ET.ParseError: it is something else's, or leaves something out."""
    document = ET.fromstring(answer)  # noqa: S314 - from the service that holds all our data

    def told(name: str) -> str:
        found = document.findtext(f"{_STS}AssumeRoleResult/{_STS}Credentials/{_STS}{name}")
        if not found:
            raise ValueError(f"an answer without {name}")
        return found

    return StorageCredentials(
        access_key=told("AccessKeyId"),
        secret_key=told("SecretAccessKey"),
        session_token=told("SessionToken"),
        minted=written(now),
        expires=written(datetime.fromisoformat(told("Expiration")).replace(microsecond=0)),
    )


def _message(body: bytes) -> str:
    """What an error document says; of a proxy's page its beginning."""
    try:
        found = ET.fromstring(body).findtext(f"{_STS}Error/{_STS}Message")  # noqa: S314 - it holds all our data anyway
    except ET.ParseError:
        found = None
    return found or body[:200].decode(errors="replace")
