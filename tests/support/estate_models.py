"""Models that an estate's administrator offers: a recogniser, by a stand-in that lies in MinIO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from support.minio_server import MinioServer
from support.standins import write_catalogue

RECOGNISER = "standin-arcface"


def offered(minio: MinioServer, bucket: str, folder: Path) -> dict[str, Any]:
    """The catalogue; the file is uploaded."""
    folder.mkdir()
    document: dict[str, Any] = yaml.safe_load(write_catalogue(folder, [RECOGNISER]).read_text())
    entry = document["models"][RECOGNISER]
    key = f"models/{entry['uri']}"
    minio.admin.fput_object(bucket_name=bucket, object_name=key, file_path=str(folder / entry["uri"]))
    return {"models": {RECOGNISER: entry | {"uri": f"s3://{bucket}/{key}"}}}
