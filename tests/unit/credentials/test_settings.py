from __future__ import annotations

from pathlib import Path

import pytest

from hybridface_operator.credentials.settings import StsSettings
from hybridface_operator.errors import UsageError
from hybridface_worker.store.settings import S3Settings

S3 = S3Settings(
    endpoint="minio:9000", secure=False, region="eu-1", credentials_dir=Path("/keys"), ca_file=Path("/ca.crt")
)


def test_what_is_not_set_is_as_for_the_object_store():
    assert StsSettings.from_env({}, S3) == StsSettings(
        "http://minio:9000", Path("/keys"), region="eu-1", ca_file=Path("/ca.crt"), duration_seconds=3600
    )


def test_the_parent_key_may_lie_elsewhere_and_the_service_too():
    env = {
        "HYBRIDFACE_STS_CREDENTIALS_DIR": "/parent",
        "HYBRIDFACE_STS_ENDPOINT": "https://sts:9443",
        "HYBRIDFACE_STS_DURATION_SECONDS": "7200",
    }
    found = StsSettings.from_env(env, S3)
    assert (found.parent_dir, found.endpoint, found.duration_seconds) == (Path("/parent"), "https://sts:9443", 7200)


def test_a_key_in_the_environment_is_no_parent_key():
    with pytest.raises(UsageError, match="read from files"):
        StsSettings.from_env({}, S3Settings(endpoint="minio:9000", access_key="a", secret_key="b"))


@pytest.mark.parametrize("seconds", ["3599", "604801", "-1", "1h", "٣٦٠٠"])
def test_a_life_under_an_hour_or_over_a_week_is_refused(seconds):
    with pytest.raises(UsageError, match="HYBRIDFACE_STS_DURATION_SECONDS"):
        StsSettings.from_env({"HYBRIDFACE_STS_DURATION_SECONDS": seconds}, S3)


@pytest.mark.parametrize("endpoint", ["minio:9000", "ftp://minio", "https://minio/path", "https://me@minio"])
def test_what_is_no_address_of_a_service_is_refused(endpoint):
    with pytest.raises(UsageError, match="HYBRIDFACE_STS_ENDPOINT"):
        StsSettings.from_env({"HYBRIDFACE_STS_ENDPOINT": endpoint}, S3)
