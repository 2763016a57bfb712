"""Multipart upload of one file to one key. An earlier attempt's upload of the same content is resumed.

The content is the same when every part that the service holds has the size and MD5 of ours. Completing an upload names
its parts by their digests, so that two writers' contents never mix: one of them fails and starts again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from minio.datatypes import ListPartsResult
from minio.xml import findtext
from urllib3 import BaseHTTPResponse

from hybridface_worker.contract.errors import ObjectExistsError, ObjectNotFoundError, StoreError, StoreRefusedError

from .s3_client import S3Client, metadata_headers, xml_of
from .uploads import OpenUpload, abort_upload, list_uploads

_MOST_PARTS = 10_000
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class _Part:
    number: int
    start: int
    size: int


class MultipartUpload:
    """The upload of one file."""

    def __init__(
        self,
        client: S3Client,
        key: str,
        path: Path,
        *,
        part_bytes: int,
        if_absent: bool,
        metadata: Mapping[str, str],
    ) -> None:
        self._client = client
        self._key = key
        self._path = path
        self._if_absent = if_absent
        self._metadata = dict(metadata)
        size = path.stat().st_size
        part_bytes = max(part_bytes, -(-size // _MOST_PARTS))
        self._parts = [
            _Part(number, start, min(part_bytes, size - start))
            for number, start in enumerate(range(0, size, part_bytes), start=1)
        ]

    def run(self) -> None:
        """Uploads what is missing and completes the object. Raises StoreError; parts sent so far can be resumed."""
        open_upload = self._same_content()
        if open_upload:
            with suppress(ObjectNotFoundError):  # somebody else completed or aborted it meanwhile
                self._finish(*open_upload, if_absent=self._if_absent)
                if self._client.head(self._key).metadata == self._metadata:
                    return
                # It was begun with other metadata, which cannot be changed: the object is ours to replace.
                self._finish(self._create(), {}, if_absent=False)
                return
        self._finish(self._create(), {}, if_absent=self._if_absent)

    def _finish(self, upload_id: str, there: Mapping[int, str], *, if_absent: bool) -> None:
        etags = [there.get(part.number) or self._put(upload_id, part) for part in self._parts]
        try:
            self._complete(upload_id, etags, if_absent=if_absent)
        except ObjectExistsError:
            with suppress(StoreError):
                abort_upload(self._client, OpenUpload(self._key, upload_id))
            raise

    def _same_content(self) -> tuple[str, dict[int, str]] | None:
        """An open upload with parts of this content and no others: its id, and ETags by part number."""
        local: dict[int, str] = {}
        for upload_id in self._open_uploads():
            there = self._listed(upload_id)
            for part in self._parts:
                if part.number in there and part.number not in local:
                    local[part.number] = _md5(self._read(part))
            sizes = {part.number: part.size for part in self._parts}
            if there and all((sizes.get(number), local.get(number)) == found for number, found in there.items()):
                return upload_id, {number: etag for number, (_, etag) in there.items()}
        return None

    def _open_uploads(self) -> list[str]:
        try:
            uploads = list_uploads(self._client, self._key)
        except StoreRefusedError:
            return []  # credentials that may write need not be allowed to list
        return [upload.upload_id for upload in uploads if upload.key == self._key]

    def _listed(self, upload_id: str) -> dict[int, tuple[int, str]]:
        """Size and ETag of the parts that the service holds, by number."""
        found: dict[int, tuple[int, str]] = {}
        with suppress(ObjectNotFoundError, StoreRefusedError):
            for page in self._part_pages(upload_id):
                for part in page.parts:
                    found[part.part_number] = (part.size or 0, part.etag.strip('"'))
        return found

    def _part_pages(self, upload_id: str) -> Iterator[ListPartsResult]:
        marker = "0"
        while True:
            query = {"uploadId": upload_id, "max-parts": "1000", "part-number-marker": marker}
            page = ListPartsResult(self._send("GET", query=query))
            yield page
            if not page.is_truncated or not page.next_part_number_marker:
                return
            marker = page.next_part_number_marker

    def _create(self) -> str:
        headers = {"Content-Type": "application/octet-stream", **metadata_headers(self._metadata)}
        response = self._send("POST", query={"uploads": ""}, headers=headers)
        return str(findtext(xml_of(response), "UploadId", strict=True))

    def _put(self, upload_id: str, part: _Part) -> str:
        body = self._read(part)
        response = self._send("PUT", query={"partNumber": str(part.number), "uploadId": upload_id}, body=body)
        return response.headers["etag"].strip('"')

    def _complete(self, upload_id: str, etags: list[str], *, if_absent: bool) -> None:
        root = ET.Element("CompleteMultipartUpload", xmlns=_NAMESPACE)
        for number, etag in enumerate(etags, start=1):
            part = ET.SubElement(root, "Part")
            ET.SubElement(part, "PartNumber").text = str(number)
            ET.SubElement(part, "ETag").text = f'"{etag}"'
        headers = {"Content-Type": "application/xml", **({"If-None-Match": "*"} if if_absent else {})}
        sent = 0

        def request() -> None:
            nonlocal sent
            sent += 1
            self._client.send("POST", self._key, query={"uploadId": upload_id}, headers=headers, body=ET.tostring(root))

        try:
            self._client.call("write", self._key, request)
        except (ObjectExistsError, ObjectNotFoundError):
            # The response to a first request may have been lost, and the object may be the one that it made.
            if sent == 1 or self._client.head(self._key).etag != _whole_etag(etags):
                raise

    def _send(
        self, method: str, *, query: Mapping[str, str], headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> BaseHTTPResponse:
        return self._client.call(
            "write",
            self._key,
            lambda: self._client.send(method, self._key, query=query, headers=headers, body=body),
        )

    def _read(self, part: _Part) -> bytes:
        with self._path.open("rb") as file:
            file.seek(part.start)
            return file.read(part.size)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _whole_etag(etags: list[str]) -> str:
    """The ETag of an object made of parts: the MD5 of the parts' MD5s, and their number."""
    return f"{_md5(b''.join(bytes.fromhex(etag) for etag in etags))}-{len(etags)}"
