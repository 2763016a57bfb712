"""Requests to one bucket: by the minio client, and by its signer alone where the client is limited or slow.

minio-py cannot send `If-None-Match` with a write, and its multipart calls are private; its signer is public. To
read a small object, look at one or list a page it works longer than the request takes. Knows nothing of what objects
are for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar
from urllib.parse import urlunsplit
from xml.etree import ElementTree as ET

import urllib3
from minio import Minio
from minio.credentials.providers import Provider, StaticProvider
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import BaseURL
from minio.signer import sign_v4_s3
from minio.time import to_amz_date, utcnow

from .base import ObjectInfo, unwatched
from .credentials import FolderProvider
from .patience import Patience
from .s3_errors import Intent, is_transient, store_error
from .settings import S3Settings
from .witness import Witness

T = TypeVar("T")

META = "x-amz-meta-"
WRITE_ID = "hybridface-write"
"""Metadata by which a writer whose response was lost recognises its own object. Never shown to callers."""
_GOOD = frozenset({200, 204, 206})
_UNSAID = {403: "AccessDenied", 404: "NoSuchKey"}
"""Error codes of responses to HEAD, which have no body; MinIO says more in headers."""
_POOL_CONNECTIONS = 64
"""Kept open at most: as many as an operator may be set to reconcile jobs at a time."""
_CONNECT_SECONDS, _READ_SECONDS = 10, 60


class S3Client:
    """One bucket of one service. Safe for several threads."""

    def __init__(
        self,
        settings: S3Settings,
        bucket: str,
        *,
        http: urllib3.PoolManager | None = None,
        patience: Patience | None = None,
        witness: Witness | None = None,
        alive: Callable[[], None] = unwatched,
    ) -> None:
        """`alive` is called after each successful request of `call`."""
        self.bucket = bucket
        self._alive = alive
        self._region = settings.region
        self._http = http or connections(settings)
        self._patience = patience or Patience(settings.service_patience_seconds)
        self._renewable = settings.credentials_dir is not None
        self._provider = _provider(settings)
        self._witness = witness or Witness()
        self._base = BaseURL(f"{'https' if settings.secure else 'http'}://{settings.endpoint}", settings.region)
        self.minio = Minio(
            endpoint=settings.endpoint,
            secure=settings.secure,
            region=settings.region,
            credentials=self._provider,
            http_client=self._http,
        )

    def uri(self, key: str) -> str:
        """The object's URI."""
        return f"s3://{self.bucket}/{key}"

    def call(self, intent: Intent, key: str, request: Callable[[], T]) -> T:
        """The result of a request, retried while the service is unavailable. Raises StoreError."""
        try:
            result = self._patience.insist(lambda: self._judged(request), self._is_transient)
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ET.ParseError) as error:
            raise store_error(error, self.uri(key), intent, renewable=self._renewable, now=utcnow()) from error
        self._alive()
        return result

    def send(
        self,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> urllib3.BaseHTTPResponse:
        """One signed request, without retries. Raises what minio's calls raise."""
        response = self._exchange(method, key, query, headers, body)
        _check(response)
        return response

    def get(
        self, key: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of a signed GET, without retries; XML is not looked into. Raises what minio's calls raise."""
        response = self._exchange("GET", key, query, headers, None)
        if response.status in _GOOD:
            return response.data
        if _is_xml(response):
            raise S3Error.fromxml(response)
        said = response.data.decode(errors="replace")
        raise InvalidResponseError(response.status, response.headers.get("content-type"), said)

    def head(self, key: str) -> ObjectInfo:
        """The object without its content. Raises StoreError."""
        info = self._head(key)
        return replace(info, metadata={name: value for name, value in info.metadata.items() if name != WRITE_ID})

    def saw(self, key: str) -> None:
        """Remembers a readable object: if it is denied later, the credentials were revoked."""
        self._witness.saw(lambda: self._headers(key))

    def wrote(self, key: str, write_id: str) -> bool:
        """Whether the object was written by the write of that id. Raises StoreError."""
        return self._head(key).metadata.get(WRITE_ID) == write_id

    def _head(self, key: str) -> ObjectInfo:
        found = self.call("read", key, lambda: self._headers(key))
        self.saw(key)
        metadata = {
            name.lower().removeprefix(META): value for name, value in found.items() if name.lower().startswith(META)
        }
        return ObjectInfo(key, int(found.get("content-length", "0")), found.get("etag", "").strip('"'), metadata)

    def _headers(self, key: str) -> Mapping[str, str]:
        """The response headers of a signed HEAD, sent once. Raises what minio's calls raise."""
        response = self._exchange("HEAD", key, None, None, None)
        if response.status not in _GOOD:
            raise S3Error(
                response=response,
                code=_UNSAID.get(response.status, ""),
                message=f"HTTP status {response.status}",
                resource=key,
                request_id=None,
                host_id=None,
            )
        return response.headers

    def _exchange(
        self,
        method: str,
        key: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> urllib3.BaseHTTPResponse:
        url = self._base.build(
            method=method,
            region=self._region,
            bucket_name=self.bucket,
            object_name=key,
            query_params=dict(query or {}),
        )
        credentials = self._provider.retrieve()
        digest = hashlib.sha256(body or b"").hexdigest()
        date = utcnow()
        wanted = {
            **(headers or {}),
            "Host": url.netloc,
            "x-amz-content-sha256": digest,
            "x-amz-date": to_amz_date(date),
        }
        if credentials.session_token:
            wanted["x-amz-security-token"] = credentials.session_token
        signed = sign_v4_s3(
            method=method,
            url=url,
            region=self._region,
            headers=dict(wanted),
            credentials=credentials,
            content_sha256=digest,
            date=date,
        )
        text_headers = {name: str(value) for name, value in signed.items()}
        return self._http.urlopen(method, urlunsplit(url), body=body, headers=text_headers)

    def _judged(self, request: Callable[[], T]) -> T:
        if not self._renewable:
            return request()
        used = self._provider.retrieve()
        try:
            return request()
        except S3Error as error:
            self._witness.judge(error, renewed=self._provider.retrieve() != used)
            raise

    def _is_transient(self, error: Exception) -> bool:
        known = isinstance(error, MinioException | urllib3.exceptions.HTTPError | OSError | ET.ParseError)
        return known and is_transient(error, renewable=self._renewable)


def connections(settings: S3Settings) -> urllib3.PoolManager:
    """The connection pool of one service; it makes no retries of its own."""
    manager = partial(urllib3.ProxyManager, settings.proxy) if settings.proxy else urllib3.PoolManager
    return manager(
        maxsize=_POOL_CONNECTIONS,
        retries=False,
        timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        cert_reqs="CERT_REQUIRED",
        ca_certs=str(settings.ca_file) if settings.ca_file else None,
    )


def metadata_headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """The headers that carry metadata."""
    return {META + name: value for name, value in metadata.items()}


def xml_of(response: urllib3.BaseHTTPResponse) -> ET.Element:
    """The XML document of a response."""
    return ET.fromstring(response.data)  # noqa: S314 - from the service that holds our data


def _provider(settings: S3Settings) -> Provider:
    if settings.credentials_dir:
        return FolderProvider(settings.credentials_dir)
    return StaticProvider(settings.access_key, settings.secret_key, settings.session_token)


def _is_xml(response: urllib3.BaseHTTPResponse) -> bool:
    return response.headers.get("content-type", "").startswith("application/xml")


def _check(response: urllib3.BaseHTTPResponse) -> None:
    """Raises the error of a response. A long operation may begin with status 200 and end in an error."""
    is_xml, failed = _is_xml(response), response.status not in _GOOD
    if failed and not is_xml:
        said = response.data[:200].decode(errors="replace")
        raise ServerError(f"HTTP status {response.status}: {said}", response.status)
    if failed or (is_xml and xml_of(response).tag.endswith("Error")):
        raise S3Error.fromxml(response)
