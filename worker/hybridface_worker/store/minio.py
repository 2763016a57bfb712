"""Objects in a bucket of MinIO, or of another S3 service with conditional writes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import urllib3
from minio.error import S3Error

from hybridface_worker.contract.errors import ObjectChangedError, ObjectExistsError, ObjectNotFoundError
from hybridface_worker.contract.reasons import Reason

from .base import NO_METADATA, ObjectInfo, unwatched
from .keys import check_folder, check_key, check_metadata, check_prefix, checked
from .listing import PAGE, list_page
from .multipart import MultipartUpload
from .patience import Patience
from .s3_client import WRITE_ID, S3Client, metadata_headers
from .s3_removal import remove_in_batches
from .settings import S3Settings
from .uploads import abort_upload, list_uploads
from .witness import Witness

_BEHIND_THE_END = 416


class MinioStore:
    """An ObjectStore in a bucket. Keys that end in `/` (folder markers of consoles) are no objects."""

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
        """`http` and `patience` replace the connections and the retries of the settings.

        `witness` is shared by stores with the same credentials. `alive` is called after each successful request.
        """
        self._client = S3Client(settings, bucket, http=http, patience=patience, witness=witness, alive=alive)
        self._part_bytes = settings.part_bytes

    def uri(self, key: str) -> str:
        """See ObjectStore."""
        return self._client.uri(key)

    def head(self, key: str) -> ObjectInfo:
        """See ObjectStore."""
        check_key(key)
        return self._client.head(key)

    def read(self, key: str, *, start: int = 0, length: int | None = None, if_match: str | None = None) -> bytes:
        """See ObjectStore."""
        check_key(key)
        if length == 0:  # no range can express it
            if if_match is not None and self.head(key).etag != if_match:
                raise ObjectChangedError(Reason.INPUT_CHANGED, f"{self.uri(key)} is no longer the object that it was")
            return b""
        headers = {} if if_match is None else {"If-Match": f'"{if_match}"'}
        if start or length is not None:
            headers["Range"] = f"bytes={start}-{'' if length is None else start + length - 1}"

        def request() -> bytes:
            try:
                return self._client.get(key, headers=headers)
            except S3Error as error:
                if error.response.status == _BEHIND_THE_END:
                    return b""
                raise

        data = self._client.call("read", key, request)
        self._client.saw(key)
        return data

    def write(
        self, key: str, data: bytes, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        """See ObjectStore."""
        check_key(key)
        check_metadata(metadata)
        write_id = secrets.token_hex(16)
        headers = {"Content-Type": "application/octet-stream", **metadata_headers(metadata)}
        if if_absent:
            headers |= {"If-None-Match": "*", **metadata_headers({WRITE_ID: write_id})}
        try:
            response = self._client.call(
                "write", key, lambda: self._client.send("PUT", key, headers=headers, body=data)
            )
        except ObjectExistsError:
            # The response to a first attempt may have been lost: then the object is this very write.
            if not self._client.wrote(key, write_id):
                raise
            return self.head(key)
        return ObjectInfo(key, len(data), response.headers["etag"].strip('"'), dict(metadata))

    def upload(
        self, key: str, path: Path, *, if_absent: bool = False, metadata: Mapping[str, str] = NO_METADATA
    ) -> ObjectInfo:
        """See ObjectStore. An interrupted upload of the same content is resumed."""
        check_key(key)
        check_metadata(metadata)
        if path.stat().st_size <= self._part_bytes:
            return self.write(key, path.read_bytes(), if_absent=if_absent, metadata=metadata)
        if if_absent:
            self._check_absent(key)
        MultipartUpload(
            self._client, key, path, part_bytes=self._part_bytes, if_absent=if_absent, metadata=metadata
        ).run()
        return self.head(key)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See ObjectStore."""
        check_prefix(prefix)
        page = list_page(self._client, prefix)
        while page:
            yield from (found for found in page if not found.key.endswith("/"))
            page = list_page(self._client, prefix, page[-1].key) if len(page) == PAGE else ()

    def list_folders(self, folder: str) -> tuple[str, ...]:
        """See ObjectStore."""
        check_folder(folder)

        def request() -> tuple[str, ...]:
            found = self._client.minio.list_objects(bucket_name=self._client.bucket, prefix=folder)
            return tuple(each.object_name for each in found if each.is_dir and each.object_name)

        names = self._client.call("read", folder, request)
        return tuple(name.removeprefix(folder).removesuffix("/") for name in names)

    def delete(self, key: str) -> None:
        """See ObjectStore."""
        check_key(key)
        self._client.call(
            "write", key, lambda: self._client.minio.remove_object(bucket_name=self._client.bucket, object_name=key)
        )

    def delete_many(self, keys: Iterable[str]) -> int:
        """See ObjectStore."""
        return remove_in_batches(self._client, checked(keys), self.delete)

    def abort_uploads(self, folder: str) -> int:
        """See ObjectStore. MinIO lists open uploads of the whole bucket, or of one key, and forgets them in a day."""
        check_folder(folder)
        open_uploads = list_uploads(self._client, folder) or list_uploads(self._client, "")
        own = [upload for upload in open_uploads if upload.key.startswith(folder)]
        for upload in own:
            abort_upload(self._client, upload)
        return len(own)

    def _check_absent(self, key: str) -> None:
        """Fails before the parts are sent, as completing the upload would."""
        with suppress(ObjectNotFoundError):
            self.head(key)
            raise ObjectExistsError(Reason.OUTPUT_EXISTS, f"{self.uri(key)} is there already")
