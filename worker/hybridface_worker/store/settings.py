"""How to reach storage: read once from the environment, passed down frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason

SMALLEST_PART_BYTES = 5 * 2**20
"""S3 takes no smaller parts, the last one excepted."""


@dataclass(frozen=True)
class S3Settings:
    """One S3 service and the credentials for it."""

    endpoint: str
    """`host` or `host:port`."""
    secure: bool = True
    region: str = "us-east-1"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    session_token: str | None = field(default=None, repr=False)
    credentials_dir: Path | None = None
    """A folder with `access-key`, `secret-key` and maybe `session-token`, read again when they change."""
    ca_file: Path | None = None
    """Certificates to trust instead of the usual ones."""
    proxy: str | None = None
    """`http://host:port` of a proxy that leads there; without one the service is asked directly, whatever
    `HTTPS_PROXY` says."""
    part_bytes: int = 16 * 2**20
    """Files above this size are uploaded in parts of it."""
    service_patience_seconds: float = 120
    """For how long a service that is away is asked again before StoreError is raised."""


@dataclass(frozen=True)
class StoreSettings:
    """Every store that URIs may name."""

    s3: S3Settings | None = None
    file_metadata: Path | None = None
    """Where metadata of files is kept; it has to be the same folder for every process of a job."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> StoreSettings:
        """Reads `HYBRIDFACE_*`. Raises TaskError where a value is not what it should be."""
        return cls(
            s3=_s3(env) if env.get("HYBRIDFACE_S3_ENDPOINT") else None,
            file_metadata=Path(env.get("HYBRIDFACE_FILE_METADATA") or ".hybridface/metadata").absolute(),
        )


def _s3(env: Mapping[str, str]) -> S3Settings:
    url = urlsplit(env["HYBRIDFACE_S3_ENDPOINT"])
    if url.scheme not in {"http", "https"} or not url.netloc or url.path.strip("/") or "@" in url.netloc:
        raise _bad(env, "HYBRIDFACE_S3_ENDPOINT", "give https://host:port, and nothing behind it")
    folder = env.get("HYBRIDFACE_CREDENTIALS_DIR")
    if not folder and not (env.get("HYBRIDFACE_S3_ACCESS_KEY") and env.get("HYBRIDFACE_S3_SECRET_KEY")):
        raise TaskError(
            Reason.BAD_TASK,
            "HYBRIDFACE_S3_ENDPOINT is set, and no credentials: set HYBRIDFACE_S3_ACCESS_KEY and "
            "HYBRIDFACE_S3_SECRET_KEY, or HYBRIDFACE_CREDENTIALS_DIR",
        )
    ca_file = env.get("HYBRIDFACE_S3_CA_FILE")
    return S3Settings(
        endpoint=url.netloc,
        secure=url.scheme == "https",
        region=env.get("HYBRIDFACE_S3_REGION") or S3Settings.region,
        access_key=env.get("HYBRIDFACE_S3_ACCESS_KEY", ""),
        secret_key=env.get("HYBRIDFACE_S3_SECRET_KEY", ""),
        session_token=env.get("HYBRIDFACE_S3_SESSION_TOKEN") or None,
        credentials_dir=Path(folder) if folder else None,
        ca_file=Path(ca_file) if ca_file else None,
        proxy=_proxy(env),
        part_bytes=whole_number(env, "HYBRIDFACE_S3_PART_BYTES", S3Settings.part_bytes, SMALLEST_PART_BYTES),
        service_patience_seconds=whole_number(
            env, "HYBRIDFACE_SERVICE_PATIENCE_SECONDS", int(S3Settings.service_patience_seconds), 0
        ),
    )


def _proxy(env: Mapping[str, str]) -> str | None:
    text = env.get("HYBRIDFACE_S3_PROXY")
    if text and not is_proxy(text):
        raise _bad(env, "HYBRIDFACE_S3_PROXY", "give http://host:port, and nothing behind it")
    return text or None


def is_proxy(text: str) -> bool:
    """Whether it is the address of a proxy: `http://host:port`, without a password."""
    return re.fullmatch(r"https?://[^\s/@?#]+/?", text) is not None


def whole_number(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """The variable's value, or the default where it is empty. Raises TaskError where it is something else."""
    text = env.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise _bad(env, name, f"give a whole number of at least {least}")
    return int(text)


def _bad(env: Mapping[str, str], name: str, what: str) -> TaskError:
    return TaskError(Reason.BAD_TASK, f"{name}={env[name]!r}: {what}")
