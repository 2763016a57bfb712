"""Minting and copying against a real server: the key that mints, the limits, the errors that people read."""

from __future__ import annotations

import io
import json
from bisect import bisect_left, bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider

from hybridface_operator.credentials.copies import Copy
from hybridface_operator.credentials.copying import Copier
from hybridface_operator.credentials.errors import ParentKeyError, PolicyRefusedError, StsAwayError
from hybridface_operator.credentials.minting import Minter
from hybridface_operator.credentials.session_policy import LIMIT_BYTES, Reach, fits, policy_text
from hybridface_operator.credentials.settings import StsSettings
from hybridface_worker.contract.errors import ObjectChangedError, ObjectNotFoundError, StoreRefusedError
from hybridface_worker.store.minio import MinioStore
from support.credentials import FOLDER, MODELS, OUTPUT, image, inputs, item
from support.minio_server import ACCESS_KEY, SECRET_KEY


def probe_policy(name):
    return policy_text("probe", 1, Reach.of(FOLDER, inputs([image(f"s3://faces/{name}")], [item()]), MODELS, OUTPUT))


POLICY = probe_policy("a.png")


def policy_of(bucket):
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_credentials_say_when_they_end(parent):
    before = datetime.now(UTC)
    minted = Minter(replace(parent.settings, duration_seconds=7200)).mint(POLICY)
    after = datetime.now(UTC)
    said = datetime.fromisoformat(minted.minted), datetime.fromisoformat(minted.expires) - timedelta(hours=2)
    rounding = timedelta(seconds=1)
    assert all(before - rounding <= each <= after + rounding for each in said)


@pytest.mark.parametrize("letter", ["x", "ü", "&", "'", '"', "\u2028"])
def test_the_longest_policy_that_we_make_is_taken_and_the_limit_is_the_services(parent, letter):
    def size(count: int) -> int:
        return len(probe_policy(letter * count).encode())

    counts = range(1, 1600)
    longest = probe_policy(letter * counts[bisect_left(counts, LIMIT_BYTES, key=size) - 1])
    assert fits(longest)
    assert len(longest.encode()) > LIMIT_BYTES - 20
    parent.minter.mint(longest)
    with pytest.raises(PolicyRefusedError, match="should not exceed 2048"):
        parent.minter.mint(probe_policy(letter * counts[bisect_right(counts, LIMIT_BYTES, key=size)]))


def test_an_ordinary_parent_key_is_taken(parent):
    parent.minter.check_parent()


def test_root_is_no_parent(minio, tmp_path):
    (tmp_path / "access-key").write_text(ACCESS_KEY)
    (tmp_path / "secret-key").write_text(SECRET_KEY)
    with pytest.raises(ParentKeyError, match="root's or another administrator's"):
        Minter(StsSettings(f"http://{minio.settings.endpoint}", tmp_path)).check_parent()


def test_a_parent_key_that_was_disabled_is_said_to_be_and_works_again_later(new_parent):
    parent = new_parent()
    parent.disable()
    with pytest.raises(ParentKeyError, match="Your account is disabled"):
        parent.minter.mint(POLICY)
    parent.enable()
    parent.minter.mint(POLICY)


def test_a_rotated_parent_key_is_taken_up(new_parent):
    parent, other = new_parent(), new_parent()
    minter = parent.minter
    minter.mint(POLICY)
    parent.disable()
    (parent.folder / "access-key").write_text(other.name)
    minter.mint(POLICY)


def test_an_access_key_of_a_user_cannot_mint_and_the_message_says_so(minio, new_parent):
    parent = new_parent()
    credentials = StaticProvider(parent.name, parent.secret)
    user = MinioAdmin(endpoint=minio.settings.endpoint, credentials=credentials, secure=False)
    user.add_service_account(access_key=f"{parent.name}-second", secret_key=parent.secret, name="second")
    (parent.folder / "access-key").write_text(f"{parent.name}-second")
    with pytest.raises(ParentKeyError, match="no access key of a user's"):
        parent.minter.mint(POLICY)


def test_what_was_minted_outlives_a_change_of_its_users_secret_and_not_its_user(minio, new_parent, bucket):
    parent = new_parent()
    minio.admin.put_object(bucket_name=bucket, object_name="k", data=io.BytesIO(b"x"), length=1)
    minted = parent.minter.mint(policy_of(bucket))
    keys = {"access_key": minted.access_key, "secret_key": minted.secret_key, "session_token": minted.session_token}
    store = MinioStore(replace(minio.settings, **keys), bucket)
    parent.admin.user_add(access_key=parent.name, secret_key="its-new-secret")
    with pytest.raises(ParentKeyError, match="signature"):
        parent.minter.mint(POLICY)
    assert store.read("k") == b"x"
    (parent.folder / "secret-key").write_text("its-new-secret")
    parent.minter.mint(POLICY)
    parent.admin.user_remove(access_key=parent.name)
    with pytest.raises(StoreRefusedError, match="AccessDenied"):
        store.read("k")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_wrong_is_not_taken_for_a_wrong_key(parent, minutes):
    wrong = datetime.now(UTC) + timedelta(minutes=minutes)
    with pytest.raises(StsAwayError, match="has another time than it is here"):
        Minter(parent.settings, clock=lambda: wrong).mint(POLICY)


def test_a_service_that_is_away_is_tried_again(parent):
    for call in (lambda minter: minter.mint("{}"), lambda minter: minter.check_parent()):
        with pytest.raises(StsAwayError):
            call(Minter(replace(parent.settings, endpoint="http://127.0.0.1:1")))


@pytest.fixture
def copy(minio, new_bucket):
    """An object, and how it is to be copied into another bucket."""
    inbox, work = new_bucket(), new_bucket()
    made = minio.admin.put_object(bucket_name=inbox, object_name="a ü+.png", data=io.BytesIO(b"one"), length=3)
    listed = image(f"s3://{inbox}/a ü+.png", size=3).model_copy(update={"etag": made.etag})
    return Copy(listed, f"s3://{work}/in/a ü+.png")


def test_a_copy_is_the_object_that_was_listed(minio, copy):
    etags = Copier(minio.settings).copy([copy])
    bucket, _, key = copy.uri.removeprefix("s3://").partition("/")
    there = minio.admin.stat_object(bucket_name=bucket, object_name=key)
    assert etags == {copy.uri: there.etag}
    assert minio.admin.get_object(bucket_name=bucket, object_name=key).data == b"one"


def test_copies_that_were_made_before_stay_as_they_are(minio, copy):
    copier = Copier(minio.settings)
    first = copier.copy([copy])
    bucket, _, key = copy.uri.removeprefix("s3://").partition("/")
    made = minio.admin.stat_object(bucket_name=bucket, object_name=key).last_modified
    assert copier.copy([copy]) == first
    assert minio.admin.stat_object(bucket_name=bucket, object_name=key).last_modified == made


def test_an_object_that_is_not_the_one_that_was_listed_is_not_copied(minio, copy):
    bucket, _, key = copy.item.uri.removeprefix("s3://").partition("/")
    minio.admin.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(b"two"), length=3)
    with pytest.raises(ObjectChangedError, match="a ü"):
        Copier(minio.settings).copy([copy])
    minio.admin.remove_object(bucket_name=bucket, object_name=key)
    with pytest.raises(ObjectNotFoundError, match="a ü"):
        Copier(minio.settings).copy([copy])
