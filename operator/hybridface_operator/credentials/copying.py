"""Copies objects within the object store: the bytes never come here. What is copied is `copies`' business."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from minio.commonconfig import REPLACE, CopySource

from hybridface_worker.contract.errors import ObjectNotFoundError
from hybridface_worker.store.s3_client import S3Client, connections, metadata_headers
from hybridface_worker.store.settings import S3Settings
from hybridface_worker.store.uri import parse_uri

from .copies import Copy

SOURCE_ETAG = "hybridface-source-etag"
"""Metadata of a copy: the ETag of what it was made from."""
_AT_A_TIME = 8


class Copier:
    """Copies by the server, with the operator's own rights. Safe for several threads."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._http = connections(settings)

    def copy(self, copies: Iterable[Copy]) -> dict[str, str]:
        """Makes the copies, and returns their ETags by their URIs. One that is there already is not made again.

        Raises:
            ObjectNotFoundError: an input is gone.
            ObjectChangedError: an input is not the one that was listed.
            StoreError: see ObjectStore.
        """
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            return dict(pool.map(self._copy, copies))

    def _copy(self, copy: Copy) -> tuple[str, str]:
        target, source = parse_uri(copy.uri), parse_uri(copy.item.uri)
        at_target = self._bucket(target.bucket)
        try:
            there = at_target.head(target.key)
            if (there.metadata.get(SOURCE_ETAG), there.size) == (copy.item.etag, copy.item.size):
                return copy.uri, there.etag
        except ObjectNotFoundError:
            pass
        at_source = self._bucket(source.bucket)
        # Through the source's client: what goes wrong is said of the source.
        at_source.call(
            "read",
            source.key,
            lambda: at_source.minio.copy_object(
                bucket_name=target.bucket,
                object_name=target.key,
                source=CopySource(bucket_name=source.bucket, object_name=source.key, match_etag=copy.item.etag),
                metadata=dict(metadata_headers({SOURCE_ETAG: copy.item.etag})),
                metadata_directive=REPLACE,
            ),
        )
        return copy.uri, at_target.head(target.key).etag

    def _bucket(self, name: str) -> S3Client:
        return S3Client(self._settings, name, http=self._http)
