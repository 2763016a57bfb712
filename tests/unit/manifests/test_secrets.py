from __future__ import annotations

import base64
from pathlib import Path

import yaml

from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.manifests.jobs import attempt_job
from hybridface_operator.manifests.secrets import credentials_secret
from hybridface_worker.store.credentials import FolderProvider
from support.attempts import ATTEMPT, CONTEXT, INVENTORY, PRIVATE_POOL, SETTINGS

GOLDEN = Path(__file__).parents[2] / "data" / "manifests"
CREDENTIALS = StorageCredentials(
    access_key="AKIA",
    secret_key="s3cr3t",
    session_token="t0ken",
    minted="2026-01-01T00:00:00Z",
    expires="2026-01-01T01:00:00Z",
)


def test_a_secret_is_as_its_golden_file():
    secret = credentials_secret(CONTEXT, ATTEMPT, CREDENTIALS)
    assert secret == yaml.safe_load((GOLDEN / "secret-credentials.yaml").read_text())


def test_a_worker_reads_the_mounted_secret(tmp_path):
    for name, data in credentials_secret(CONTEXT, ATTEMPT, CREDENTIALS)["data"].items():
        (tmp_path / name).write_bytes(base64.b64decode(data))
    read = FolderProvider(tmp_path).retrieve()
    assert (read.access_key, read.secret_key, read.session_token) == ("AKIA", "s3cr3t", "t0ken")


def test_the_job_mounts_the_secret_of_its_attempt():
    job = attempt_job(CONTEXT, ATTEMPT, PRIVATE_POOL, INVENTORY, SETTINGS)
    mounted = [v["secret"]["secretName"] for v in job["spec"]["template"]["spec"]["volumes"] if "secret" in v]
    assert mounted == [credentials_secret(CONTEXT, ATTEMPT, CREDENTIALS)["metadata"]["name"]]


def test_credentials_do_not_show():
    assert not any(secret in repr(CREDENTIALS) for secret in ("AKIA", "s3cr3t", "t0ken"))
