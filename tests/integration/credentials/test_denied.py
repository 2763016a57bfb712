"""What minted credentials do not open, tried on a real server with a parent key that may do everything with objects."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from minio import Minio, MinioAdmin
from minio.commonconfig import CopySource
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, S3Error

from hybridface_operator.credentials.errors import ParentKeyError
from hybridface_operator.credentials.minting import Minter
from hybridface_operator.credentials.session_policy import PHASES, Reach, session_policy
from hybridface_worker.contract.errors import ObjectExistsError, ObjectNotFoundError, StoreRefusedError
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.uri import BadUriError
from support.credentials import MODELS, image, inputs, item

OURS, OTHER = "cluster/jobs/5c1f7e52/", "cluster/jobs/5c1f7e52-2/"
RECORDS = ("inputs.json", "plan.json", "attempts/000001.json", "done/x.json", "chunks/x.mkv", "probe/0.json")
THINGS = {
    "media": (
        "tenant-a/clip.mp4",
        "tenant-a/clip.mp4.bak",
        "tenant-a/stills/1.png",
        "tenant-a/stills-private/1.png",
        "tenant-ab/clip.mp4",
        "tenant-b/clip.mp4",
    ),
    "faces": ("a.png", "b.png"),
    "models": ("detector.onnx", "swapper.onnx", "other.onnx"),
    "work": (
        *(f"{job}{key}" for job in (OURS, OTHER) for key in RECORDS),
        f"{OURS}decisions/000001.json",
        "cluster/memory.json",
    ),
    "results": ("tenant-a/spring/actor/clip.mp4", "tenant-a/spring-2/actor/clip.mp4", "tenant-b/actor/clip.mp4"),
}
MINE = {
    "media": {"tenant-a/clip.mp4", "tenant-a/stills/1.png"},
    "faces": {"a.png"},
    "models": {"detector.onnx", "swapper.onnx"},
    "work": {key for key in THINGS["work"] if key.startswith(OURS) and "decisions" not in key},
    "results": {"tenant-a/spring/actor/clip.mp4"},
}


@pytest.fixture(scope="module")
def buckets(minio, new_bucket):
    """Objects of several tenants and of two jobs whose names begin alike; the buckets' names by what they are for."""
    made = {name: new_bucket() for name in THINGS}
    for name, keys in THINGS.items():
        for key in keys:
            minio.admin.put_object(bucket_name=made[name], object_name=key, data=io.BytesIO(b"x"), length=1)
    return made


@pytest.fixture(scope="module")
def minted(buckets, parent):
    """Credentials of one job's first attempts, by phase."""
    media, faces, models, work, results = buckets.values()
    located = {
        name: getattr(MODELS, name).model_copy(update={"uri": f"s3://{models}/{name}.onnx"})
        for name in ("detector", "swapper")
    }
    whole = inputs(
        [image(f"s3://{faces}/a.png")],
        [
            item(f"s3://{media}/tenant-a/clip.mp4"),
            item(f"s3://{media}/tenant-a/stills/1.png", path="1.png", target="stills", of_prefix=True),
        ],
    )
    reach = Reach.of(
        f"s3://{work}/{OURS}", whole, MODELS.model_copy(update=located), f"s3://{results}/tenant-a/spring/"
    )
    return {phase: parent.minter.mint(session_policy(phase, 1, reach)) for phase in PHASES}


@pytest.fixture(params=PHASES)
def phase(request):
    return request.param


@pytest.fixture
def client(minio, minted, phase):
    """The store's own client, let in by the credentials of a phase."""
    given = minted[phase]
    return Minio(
        endpoint=minio.settings.endpoint,
        access_key=given.access_key,
        secret_key=given.secret_key,
        session_token=given.session_token,
        secure=False,
        region="us-east-1",
    )


def denied(call):
    """Whether the server refuses it for want of a right."""
    try:
        call()
    except S3Error as error:
        if error.code != "AccessDenied":
            raise
        return True
    return False


def read(client, bucket, key):
    client.get_object(bucket_name=bucket, object_name=key).close()


def written(client, bucket, key):
    client.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(b"y"), length=1)


def test_nothing_is_read_but_the_jobs_own(client, buckets):
    for name, bucket in buckets.items():
        for key in set(THINGS[name]) - MINE[name]:
            assert denied(lambda bucket=bucket, key=key: read(client, bucket, key)), f"{name}/{key}"


def test_what_is_granted_can_be_read(client, buckets, phase):
    assert not denied(lambda: read(client, buckets["media"], "tenant-a/clip.mp4"))
    assert not denied(lambda: read(client, buckets["media"], "tenant-a/stills/1.png"))
    assert denied(lambda: read(client, buckets["faces"], "a.png")) is (phase == "merge")
    assert denied(lambda: read(client, buckets["models"], "swapper.onnx")) is (phase != "swap")


def test_nothing_is_written_to_where_inputs_models_and_decisions_are(client, buckets):
    for name, key in [
        ("media", "tenant-a/clip.mp4"),
        ("media", "tenant-a/stills/2.png"),
        ("faces", "a.png"),
        ("models", "swapper.onnx"),
        ("work", f"{OURS}inputs.json"),
        ("work", f"{OURS}plan.json"),
        ("work", f"{OURS}attempts/000001.json"),
        ("work", f"{OURS}attempts/000002.json"),
        ("work", f"{OURS}decisions/000001.json"),
        ("work", f"{OTHER}done/x.json"),
        ("work", f"{OTHER}probe/0.json"),
        ("work", f"{OURS}tries/000002/x/1.json"),
        ("results", "tenant-a/spring-2/actor/clip.mp4"),
        ("results", "tenant-b/actor/clip.mp4"),
    ]:
        assert denied(lambda name=name, key=key: written(client, buckets[name], key)), f"{name}/{key}"


def test_each_phase_writes_where_it_commits_and_nowhere_else(client, buckets, phase):
    places = {
        "probe": [("work", f"{OURS}probe/new.json")],
        "swap": [("work", f"{OURS}{key}") for key in ("chunks/new", "done/new", "tries/000001/new")],
        "merge": [("work", f"{OURS}merged/new"), ("results", "tenant-a/spring/new.mp4")],
    }
    for whose, those in places.items():
        for name, key in those:
            assert denied(lambda name=name, key=key: written(client, buckets[name], key)) is (whose != phase), key


@pytest.mark.parametrize("pattern", ["tenant-?/clip.mp4", "tenant-*/clip.mp4", "*", "tenant-a/*", "tenant-a/clip.mp?"])
def test_a_wildcard_in_what_is_asked_for_is_a_letter(client, buckets, pattern):
    assert denied(lambda: read(client, buckets["media"], pattern))


@pytest.mark.parametrize("pattern", ["tenant-?/clip.mp4", "tenant-*/clip.mp4", "*", "${aws:username}/clip.mp4"])
def test_a_wildcard_in_a_jobs_inputs_never_becomes_a_right(buckets, pattern):
    """On the server such a policy would open other tenants' objects: none is made."""
    whole = inputs([], [item(f"s3://{buckets['media']}/{pattern}")])
    with pytest.raises(BadUriError):
        Reach.of(f"s3://{buckets['work']}/{OURS}", whole, MODELS, f"s3://{buckets['results']}/x/")


def test_nothing_is_deleted(client, buckets):
    for name, keys in MINE.items():
        for key in keys:
            assert denied(lambda name=name, key=key: client.remove_object(bucket_name=buckets[name], object_name=key))


def test_nothing_is_listed(client, buckets):
    for name, bucket in buckets.items():
        for prefix in ("", OURS, "tenant-a/stills/"):
            found = client.list_objects(bucket_name=bucket, prefix=prefix)
            assert denied(lambda found=found: next(found)), f"{name}/{prefix}"
    assert denied(client.list_buckets)


def test_buckets_are_neither_made_nor_removed_nor_opened_to_all(client, buckets):
    bucket = buckets["work"]
    for call in (
        lambda: client.make_bucket(bucket_name="one-more"),
        lambda: client.remove_bucket(bucket_name=bucket),
        lambda: client.get_bucket_policy(bucket_name=bucket),
        lambda: client.set_bucket_policy(bucket_name=bucket, policy='{"Version":"2012-10-17","Statement":[]}'),
        lambda: client.get_bucket_lifecycle(bucket_name=bucket),
    ):
        assert denied(call)


def test_what_may_not_be_read_is_not_copied_into_reach(client, buckets, phase):
    own = {"probe": ("work", f"{OURS}probe/"), "swap": ("work", f"{OURS}chunks/"), "merge": ("work", f"{OURS}merged/")}
    name, folder = own[phase]
    source = CopySource(bucket_name=buckets["media"], object_name="tenant-b/clip.mp4")
    assert denied(lambda: client.copy_object(bucket_name=buckets[name], object_name=f"{folder}stolen", source=source))


def test_minted_credentials_mint_nothing_and_make_no_keys(minio, minted, phase, tmp_path, parent):
    given = minted[phase]
    (tmp_path / "access-key").write_text(given.access_key)
    (tmp_path / "secret-key").write_text(given.secret_key)
    (tmp_path / "session-token").write_text(given.session_token)
    with pytest.raises(ParentKeyError):
        Minter(replace(parent.settings, parent_dir=tmp_path)).mint('{"Version":"2012-10-17","Statement":[]}')
    provider = StaticProvider(given.access_key, given.secret_key, given.session_token)
    admin = MinioAdmin(endpoint=minio.settings.endpoint, credentials=provider, secure=False)
    for call in (
        admin.add_service_account,
        admin.user_list,
        admin.info,
        lambda: admin.user_add(access_key="mallory", secret_key="mallory-secret"),
        lambda: admin.list_service_account(parent.name),
    ):
        with pytest.raises(MinioAdminException, match="AccessDenied"):
            call()


def test_a_large_chunk_that_comes_too_late_leaves_no_parts_behind(minio, buckets, minted, tmp_path):
    given = minted["swap"]
    settings = replace(
        minio.settings,
        access_key=given.access_key,
        secret_key=given.secret_key,
        session_token=given.session_token,
    )
    store = MinioStore(settings, buckets["work"])
    (tmp_path / "big").write_bytes(bytes(11 * 2**20))
    key = f"{OURS}chunks/big.mkv"
    assert store.upload(key, tmp_path / "big", if_absent=True).size == 11 * 2**20
    with pytest.raises(ObjectExistsError):
        store.upload(key, tmp_path / "big", if_absent=True)
    open_uploads = minio.admin._list_multipart_uploads(bucket_name=buckets["work"], prefix=key)
    assert open_uploads.uploads == []


def test_what_is_absent_is_told_from_what_is_denied_without_the_right_to_list(minio, buckets, minted):
    given = minted["swap"]
    settings = replace(
        minio.settings, access_key=given.access_key, secret_key=given.secret_key, session_token=given.session_token
    )
    store = MinioStore(settings, buckets["work"])
    with pytest.raises(ObjectNotFoundError):
        store.head(f"{OURS}done/absent.json")
    with pytest.raises(StoreRefusedError):
        store.head(f"{OTHER}done/x.json")
