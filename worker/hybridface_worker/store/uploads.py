"""Open multipart uploads, which were begun and never completed: lists and aborts them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from minio.datatypes import ListMultipartUploadsResult
from minio.xml import findtext
from urllib3 import BaseHTTPResponse

from hybridface_worker.contract.errors import ObjectNotFoundError

from .s3_client import S3Client, xml_of

_PAGE = 1000


@dataclass(frozen=True)
class OpenUpload:
    """An upload that nobody has completed."""

    key: str
    upload_id: str


def list_uploads(client: S3Client, prefix: str) -> list[OpenUpload]:
    """Open uploads to keys that begin with the prefix, as far as the service lists them. Raises StoreError."""
    found: list[OpenUpload] = []
    after: dict[str, str] = {}
    while True:
        response = _page(client, prefix, after)
        uploads = ListMultipartUploadsResult(response).uploads
        found += [OpenUpload(each.object_name, each.upload_id) for each in uploads if each.upload_id]
        page = xml_of(response)  # the client loses both markers of the next page
        markers = {
            "key-marker": findtext(page, "NextKeyMarker"),
            "upload-id-marker": findtext(page, "NextUploadIdMarker"),
        }
        after = {name: marker for name, marker in markers.items() if marker}
        if findtext(page, "IsTruncated") != "true" or not after:
            return found


def abort_upload(client: S3Client, upload: OpenUpload) -> None:
    """Removes its parts; it is no error if it is gone. Raises StoreError."""
    with suppress(ObjectNotFoundError):
        client.call(
            "write", upload.key, lambda: client.send("DELETE", upload.key, query={"uploadId": upload.upload_id})
        )


def _page(client: S3Client, prefix: str, after: dict[str, str]) -> BaseHTTPResponse:
    query = {"uploads": "", "prefix": prefix, "max-uploads": str(_PAGE), **after}
    return client.call("read", prefix, lambda: client.send("GET", "", query=query))
