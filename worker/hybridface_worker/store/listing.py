"""One page of a listing (ListObjectsV2), parsed in one pass: a job's folder is listed often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from minio.error import InvalidResponseError

from .base import ObjectInfo
from .s3_client import S3Client

PAGE = 1000
"""The most objects of a page."""


def list_page(client: S3Client, prefix: str, after: str | None = None) -> tuple[ObjectInfo, ...]:
    """The first PAGE objects whose keys begin with the prefix, or those after a key; folder markers are among them.

    In key order, without metadata; fewer where there are no more. Raises StoreError.
    """
    query = {"list-type": "2", "encoding-type": "url", "delimiter": "", "max-keys": str(PAGE), "prefix": prefix}
    if after is not None:
        query["start-after"] = after
    return client.call("read", prefix, lambda: tuple(objects_of(client.get("", query=query))))


def objects_of(answer: bytes) -> Iterator[ObjectInfo]:
    """The objects of a response. Raises ET.ParseError or InvalidResponseError where it is no listing."""
    document = ET.fromstring(answer)  # noqa: S314 - from the service that holds our data
    if _name(document) != "ListBucketResult":
        raise InvalidResponseError(200, "application/xml", answer[:200].decode(errors="replace"))
    for found in document:
        if _name(found) == "Contents":
            told = {_name(field): field.text or "" for field in found}
            modified = datetime.fromisoformat(told["LastModified"])
            yield ObjectInfo(unquote_plus(told["Key"]), int(told["Size"]), told["ETag"].strip('"'), modified=modified)


def _name(element: ET.Element) -> str:
    """Without its namespace, in which services differ."""
    return element.tag.rpartition("}")[2]
