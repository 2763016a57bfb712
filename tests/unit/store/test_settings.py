from __future__ import annotations

from pathlib import Path

import pytest

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.store.settings import S3Settings, StoreSettings

KEYS = {"HYBRIDFACE_S3_ACCESS_KEY": "the-access-key", "HYBRIDFACE_S3_SECRET_KEY": "the-secret-key"}
ENDPOINT = {"HYBRIDFACE_S3_ENDPOINT": "https://minio.example:9000"}


def test_without_an_endpoint_there_are_only_files():
    settings = StoreSettings.from_env(KEYS)
    assert settings.s3 is None
    assert settings.file_metadata == Path.cwd() / ".hybridface" / "metadata"


def test_everything_may_be_said():
    settings = StoreSettings.from_env(
        {
            **ENDPOINT,
            **KEYS,
            "HYBRIDFACE_S3_SESSION_TOKEN": "token",
            "HYBRIDFACE_S3_REGION": "eu-1",
            "HYBRIDFACE_S3_CA_FILE": "/ca.crt",
            "HYBRIDFACE_S3_PART_BYTES": "5242880",
            "HYBRIDFACE_SERVICE_PATIENCE_SECONDS": "7",
            "HYBRIDFACE_CREDENTIALS_DIR": "/credentials",
            "HYBRIDFACE_FILE_METADATA": "/metadata",
        }
    )
    assert settings.file_metadata == Path("/metadata")
    assert settings.s3 == S3Settings(
        endpoint="minio.example:9000",
        secure=True,
        region="eu-1",
        access_key="the-access-key",
        secret_key="the-secret-key",
        session_token="token",
        credentials_dir=Path("/credentials"),
        ca_file=Path("/ca.crt"),
        part_bytes=5242880,
        service_patience_seconds=7,
    )


def test_secrets_are_not_shown():
    shown = repr(StoreSettings.from_env({**ENDPOINT, **KEYS, "HYBRIDFACE_S3_SESSION_TOKEN": "the-token"}))
    assert "minio.example" in shown
    assert not any(secret in shown for secret in ("the-access-key", "the-secret-key", "the-token"))


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({**KEYS, "HYBRIDFACE_S3_ENDPOINT": "minio:9000"}, "give https://host:port"),
        ({**KEYS, "HYBRIDFACE_S3_ENDPOINT": "https://minio/bucket"}, "nothing behind it"),
        ({**KEYS, "HYBRIDFACE_S3_ENDPOINT": "https://a:b@minio"}, "give https://host:port"),
        (ENDPOINT, "no credentials: set HYBRIDFACE_S3_ACCESS_KEY"),
        ({**ENDPOINT, **KEYS, "HYBRIDFACE_S3_PART_BYTES": "1000"}, "at least 5242880"),
        ({**ENDPOINT, **KEYS, "HYBRIDFACE_SERVICE_PATIENCE_SECONDS": "-1"}, "whole number of at least 0"),
        ({**ENDPOINT, **KEYS, "HYBRIDFACE_S3_PROXY": "proxy:3128"}, "give http://host:port"),
        ({**ENDPOINT, **KEYS, "HYBRIDFACE_S3_PROXY": "http://u:p@proxy"}, "give http://host:port"),
    ],
)
def test_what_cannot_be_meant_is_refused(env, said):
    with pytest.raises(TaskError, match=said):
        StoreSettings.from_env(env)
