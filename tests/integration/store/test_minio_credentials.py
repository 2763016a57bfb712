"""Credentials of a task: short-lived, for some prefixes only, renewed in a folder while the worker runs."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import replace

import pytest
import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.credentials import Credentials
from minio.credentials.providers import AssumeRoleProvider, StaticProvider

from hybridface_worker.contract.errors import ObjectNotFoundError, StoreError, StoreRefusedError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.patience import Patience
from hybridface_worker.store.uri import BadUriError, parse_uri
from support.minio_server import ACCESS_KEY, SECRET_KEY

OPERATOR_SECRET = "operator-secret"


@pytest.fixture(scope="session")  # a module may be left and entered again
def mint(minio):
    """Makes credentials that may do what a policy says, as an operator would."""
    admin = MinioAdmin(
        endpoint=minio.settings.endpoint, credentials=StaticProvider(ACCESS_KEY, SECRET_KEY), secure=False
    )
    operator = f"operator-{uuid.uuid4()}"
    admin.user_add(access_key=operator, secret_key=OPERATOR_SECRET)
    admin.attach_policy(policies=["readwrite"], user=operator)

    def minted(*resources, actions=("s3:GetObject", "s3:PutObject")):
        statement = {
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": [f"arn:aws:s3:::{resource}" for resource in resources],
        }
        return AssumeRoleProvider(
            sts_endpoint=f"http://{minio.settings.endpoint}",
            access_key=operator,
            secret_key=OPERATOR_SECRET,
            duration_seconds=3600,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        ).retrieve()

    return minted


@pytest.fixture
def put_credentials(tmp_path):
    """Puts credentials into the folder that the store reads them from."""

    def put(credentials):
        folder = tmp_path / "credentials"
        folder.mkdir(exist_ok=True)
        (folder / "access-key").write_text(credentials.access_key)
        (folder / "secret-key").write_text(credentials.secret_key)
        (folder / "session-token").write_text(credentials.session_token or "")

    return put


@pytest.fixture
def open_store(minio, bucket, tmp_path, put_credentials):
    """A store that is let in by what lies in the folder of credentials."""

    def opened(credentials, *, patience=None):
        put_credentials(credentials)
        settings = replace(minio.settings, access_key="", secret_key="", credentials_dir=tmp_path / "credentials")
        return MinioStore(settings, bucket, patience=patience)

    return opened


def test_a_task_reaches_its_prefix_and_no_other(open_store, mint, bucket):
    store = open_store(mint(f"{bucket}/mine/*"))
    store.write("mine/k", b"x", if_absent=True, metadata={"a": "b"})
    assert store.read("mine/k") == b"x"
    with pytest.raises(StoreRefusedError, match="AccessDenied") as written:
        store.write("theirs/k", b"x")
    with pytest.raises(StoreRefusedError, match="AccessDenied") as read:
        store.read("theirs/k")
    assert (written.value.reason, read.value.reason) == (Reason.OUTPUT_NOT_WRITABLE, Reason.INPUT_UNREADABLE)


def test_of_many_that_are_removed_those_stay_that_credentials_do_not_reach(open_store, mint, minio, bucket):
    whole = MinioStore(minio.settings, bucket)
    for key in ("mine/1", "mine/2", "theirs/1"):
        whole.write(key, b"")
    store = open_store(mint(f"{bucket}/mine/*", actions=("s3:DeleteObject",)))
    with pytest.raises(StoreRefusedError, match=r"1 objects cannot be removed: s3://.*/theirs/1: AccessDenied"):
        store.delete_many(["theirs/1", "mine/1", "mine/2"])
    assert [info.key for info in whole.list("")] == ["theirs/1"]


def test_big_files_are_uploaded_without_the_right_to_list(open_store, mint, bucket, tmp_path):
    (tmp_path / "big").write_bytes(bytes(11 * 2**20))
    store = open_store(mint(f"{bucket}/mine/*"))
    assert store.upload("mine/big", tmp_path / "big").size == 11 * 2**20


def test_renewed_credentials_are_used_at_once(open_store, put_credentials, mint, bucket):
    store = open_store(mint(f"{bucket}/one/*"))
    store.write("one/k", b"x")
    put_credentials(mint(f"{bucket}/two/*"))
    store.write("two/k", b"x")
    with pytest.raises(StoreRefusedError):
        store.read("one/k")


def test_stale_credentials_are_waited_with_until_they_are_renewed(open_store, put_credentials, mint, bucket):
    stale = with_unknown_token(mint(f"{bucket}/*"))

    def renew(_):
        put_credentials(mint(f"{bucket}/*"))

    store = open_store(stale, patience=Patience(30, sleep=renew))
    store.write("k", b"x")
    assert store.read("k") == b"x"


def test_credentials_that_are_not_renewed_are_no_fault_of_the_work(open_store, mint, bucket):
    store = open_store(with_unknown_token(mint(f"{bucket}/*")), patience=Patience(0))
    with pytest.raises(StoreError) as raised:
        store.write("k", b"x")
    assert raised.value.reason is Reason.SERVICE_AWAY


def test_keys_that_are_simply_wrong_are_refused_at_once(minio, bucket):
    store = MinioStore(replace(minio.settings, secret_key="wrong"), bucket)
    with pytest.raises(StoreRefusedError, match="SignatureDoesNotMatch"):
        store.read("k")


def test_what_is_absent_is_said_to_be_without_the_right_to_list(open_store, mint, bucket):
    store = open_store(mint(f"{bucket}/mine/*"))
    for use in (store.head, store.read):
        with pytest.raises(ObjectNotFoundError):
            use("mine/absent")
    with pytest.raises(StoreRefusedError, match="AccessDenied"):
        list(store.list("mine/"))


def test_a_wildcard_in_a_grant_opens_what_others_own_so_no_uri_may_hold_one(minio, open_store, mint, bucket):
    MinioStore(minio.settings, bucket).write("tenant-b/secret", b"x")
    granted = "tenant-?/secret"
    assert open_store(mint(f"{bucket}/{granted}")).read("tenant-b/secret") == b"x"
    with pytest.raises(BadUriError):
        parse_uri(f"s3://{bucket}/{granted}")


def test_the_clients_own_put_cannot_write_only_if_absent_so_ours_signs_the_header(minio, bucket):
    client: Minio = minio.admin
    for data in (b"first", b"second"):
        client.put_object(
            bucket_name=bucket,
            object_name="k",
            data=io.BytesIO(data),
            length=len(data),
            metadata={"If-None-Match": "*"},
        )
    assert MinioStore(minio.settings, bucket).read("k") == b"second"
    url = client.get_presigned_url(method="PUT", bucket_name=bucket, object_name="k")
    with urllib3.PoolManager() as http:
        assert http.request("PUT", url, body=b"third", headers={"If-None-Match": "*"}).status == 412


def with_unknown_token(credentials):
    """The credentials with a token that the service does not know."""
    return Credentials(credentials.access_key, credentials.secret_key, f"x{credentials.session_token}")
