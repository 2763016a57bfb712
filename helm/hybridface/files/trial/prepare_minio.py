"""Makes the buckets of the trial MinIO, and the operator's key, which may use their objects and nothing else.

Run again, it changes nothing. It waits for a server that is not there yet.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException

POLICY = "hybridface-operator"
_OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
_BUCKETS = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
_PATIENCE = urllib3.Retry(total=12, backoff_factor=0.5, backoff_max=10, status_forcelist=(500, 502, 503, 504))


def key(folder: Path) -> tuple[str, str]:
    """The two halves of a key in a folder."""
    return (folder / "access-key").read_text().strip(), (folder / "secret-key").read_text().strip()


def policy(buckets: list[str]) -> dict[str, object]:
    """What the operator's key may do."""
    names = [f"arn:aws:s3:::{bucket}" for bucket in buckets]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": _BUCKETS, "Resource": names},
            {"Effect": "Allow", "Action": _OBJECTS, "Resource": [f"{name}/*" for name in names]},
        ],
    }


def prepare(endpoint: str, buckets: list[str], root: tuple[str, str], operator: tuple[str, str]) -> None:
    """Buckets, user, policy."""
    url = urlsplit(endpoint)
    secure = url.scheme == "https"
    http = urllib3.PoolManager(retries=_PATIENCE, timeout=10)
    storage = Minio(
        endpoint=url.netloc, access_key=root[0], secret_key=root[1], secure=secure, region="us-east-1", http_client=http
    )
    for bucket in buckets:
        if not storage.bucket_exists(bucket_name=bucket):
            storage.make_bucket(bucket_name=bucket)
    admin = MinioAdmin(endpoint=url.netloc, credentials=StaticProvider(*root), secure=secure, http_client=http)
    admin.user_add(access_key=operator[0], secret_key=operator[1])
    admin.policy_add(policy_name=POLICY, policy=policy(buckets))
    try:
        admin.attach_policy(policies=[POLICY], user=operator[0])
    except MinioAdminException as error:
        if "PolicyChangeAlreadyApplied" not in str(error):  # it has it already
            raise


def main() -> None:
    """Reads what is to be done from the environment and from mounted keys."""
    keys = Path(os.environ.get("KEYS", "/keys"))
    buckets = os.environ["BUCKETS"].split(",")
    prepare(os.environ["ENDPOINT"], buckets, key(keys / "root"), key(keys / "operator"))
    sys.stdout.write(f"buckets {', '.join(buckets)} and the key of the operator are there\n")


if __name__ == "__main__":
    main()
