"""How credentials are minted: read once from the environment, passed down frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from hybridface_operator.errors import UsageError
from hybridface_worker.store.settings import S3Settings

LEAST_SECONDS, MOST_SECONDS = 3600, 7 * 24 * 3600
"""minio-py asks for an hour where less is wanted, and the service gives a week at most."""


@dataclass(frozen=True)
class StsSettings:
    """The security token service and the parent key."""

    endpoint: str
    """`https://host:port`."""
    parent_dir: Path
    """A folder with the parent's `access-key` and `secret-key`, read at each minting."""
    region: str = S3Settings.region
    ca_file: Path | None = None
    """Certificates to trust instead of the usual ones."""
    proxy: str | None = None
    """That of the object store."""
    duration_seconds: int = LEAST_SECONDS
    """How long what is minted is good for."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], s3: S3Settings) -> Self:
        """Reads `HYBRIDFACE_STS_*`; what is not set is as for the object store itself.

        Raises:
            UsageError: a value is not what it should be, or no folder holds the parent key.
        """
        parent = env.get("HYBRIDFACE_STS_CREDENTIALS_DIR") or s3.credentials_dir
        if not parent:
            raise UsageError(
                "the key that storage credentials are issued with is read from files: set HYBRIDFACE_CREDENTIALS_DIR "
                "or HYBRIDFACE_STS_CREDENTIALS_DIR to a folder with access-key and secret-key"
            )
        endpoint = env.get("HYBRIDFACE_STS_ENDPOINT") or f"{'https' if s3.secure else 'http'}://{s3.endpoint}"
        url = urlsplit(endpoint)
        if url.scheme not in {"http", "https"} or not url.netloc or url.path.strip("/") or "@" in url.netloc:
            raise UsageError(f"HYBRIDFACE_STS_ENDPOINT={endpoint!r}: give https://host:port, and nothing behind it")
        return cls(
            endpoint=f"{url.scheme}://{url.netloc}",
            parent_dir=Path(parent),
            region=s3.region,
            ca_file=s3.ca_file,
            proxy=s3.proxy,
            duration_seconds=_duration(env.get("HYBRIDFACE_STS_DURATION_SECONDS") or str(LEAST_SECONDS)),
        )


def _duration(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not LEAST_SECONDS <= int(text) <= MOST_SECONDS:
        raise UsageError(
            f"HYBRIDFACE_STS_DURATION_SECONDS={text!r}: give a whole number from {LEAST_SECONDS} to {MOST_SECONDS}"
        )
    return int(text)
