"""A whole job with every input, output and document in a real object store, by the worker's own command."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import OutputReport
from hybridface_worker.contract.spec import ImageFormat
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.minio import MinioStore
from support.clips import clip
from support.commits import contend
from support.images import face_still, samples
from support.merging import Probed, other_packets
from support.remote_jobs import JOB, RemoteJob, Shard
from support.runs import SOURCE, portrait

CLIPS = ("vfr", "vp9_webm")


class Buckets:
    """The buckets of one job, filled."""

    def __init__(self, minio, new_bucket) -> None:
        self.admin = minio.admin
        self.faces, self.inbox, self.results, self.work = (new_bucket() for _ in range(4))

    def put(self, bucket: str, key: str, path: Path) -> str:
        self.admin.fput_object(bucket_name=bucket, object_name=key, file_path=str(path))
        return f"s3://{bucket}/{key}"

    def fetch(self, key: str, path: Path) -> Path:
        self.admin.fget_object(bucket_name=self.results, object_name=key, file_path=str(path))
        return path

    def metadata(self, key: str) -> dict[str, str]:
        found: Any = self.admin.stat_object(bucket_name=self.results, object_name=key).metadata
        return {name.lower(): value for name, value in found.items()}

    def keys(self, bucket: str) -> list[str]:
        return [str(found.object_name) for found in self.admin.list_objects(bucket_name=bucket, recursive=True)]


@pytest.fixture(scope="module")
def done(minio, new_bucket, tmp_path_factory) -> tuple[Buckets, list[Shard]]:
    """A job of two videos and two stills, worked by several shards of each phase."""
    buckets, folder = Buckets(minio, new_bucket), tmp_path_factory.mktemp("stills")
    targets = {}
    for name in CLIPS:
        path = clip(name, 130)
        targets[name.replace("_", "-")] = buckets.put(buckets.inbox, f"clips/{path.name}", path)
    for name, data in {"a.png": face_still(ImageFormat.PNG, depth=16), "deep/b c.jpg": face_still()}.items():
        path = folder / hashlib.sha256(data).hexdigest()
        path.write_bytes(data)
        buckets.put(buckets.inbox, f"stills/{name}", path)
    job = RemoteJob(
        minio,
        buckets.work,
        source=buckets.put(buckets.faces, "actor/front.png", portrait()),
        targets={**targets, "stills": f"s3://{buckets.inbox}/stills/"},
        output={"uri": f"s3://{buckets.results}/spring/", "video": {"quality": "lossless"}},
        command=(sys.executable, "-m", "hybridface_worker"),
        swapper="identity",
    )
    shards = job.probe(shards=2)
    plan = job.plan()
    shards += job.swap(plan, shards=3)
    shards += job.merge(plan, shards=2)
    return buckets, shards


def test_every_shard_ends_with_0(done):
    _, shards = done
    assert [shard.status for shard in shards] == [0] * len(shards)


def test_with_identity_and_lossless_the_videos_come_through_exactly(done, tmp_path):
    buckets, _ = done
    for name in CLIPS:
        source = clip(name, 130)
        key = f"spring/{SOURCE}/{name.replace('_', '-')}{source.suffix}"
        result, original = Probed.of(buckets.fetch(key, tmp_path / source.name)), Probed.of(source)
        assert result.index.pts.tolist() == original.index.pts.tolist()
        assert result.index.durations.tolist() == original.index.durations.tolist()
        assert result.samples() == original.samples()
        assert other_packets(result.path, result.info.stream) == other_packets(source, original.info.stream)


def test_a_still_of_a_prefix_keeps_its_path_and_every_sample(done, tmp_path):
    buckets, _ = done
    fetched = buckets.fetch(f"spring/{SOURCE}/stills/a.png", tmp_path / "a.png").read_bytes()
    assert (samples(fetched) == samples(face_still(ImageFormat.PNG, depth=16))).all()
    assert f"spring/{SOURCE}/stills/deep/b c.jpg" in buckets.keys(buckets.results)


def test_each_output_says_whose_it_is_and_has_its_report_beside_it(done, tmp_path):
    buckets, _ = done
    for name in ("vfr.mp4", "vp9-webm.webm", "stills/a.png", "stills/deep/b c.jpg"):
        said = buckets.metadata(f"spring/{SOURCE}/{name}")
        data = buckets.fetch(f"spring/{SOURCE}/{name}", tmp_path / "output").read_bytes()
        assert said[f"x-amz-meta-{layout.OUTPUT_UID}"] == JOB.uid
        assert said[f"x-amz-meta-{layout.OUTPUT_SHA256}"] == hashlib.sha256(data).hexdigest()
        path = buckets.fetch(f"spring/{layout.published_report(JOB, SOURCE, name)}", tmp_path / "report")
        report = OutputReport.from_bytes(path.read_bytes(), name)
        assert (report.published, report.sha256) == ("merged", hashlib.sha256(data).hexdigest())
        assert report.faces > 0


def test_nothing_is_written_to_where_inputs_are(done):
    buckets, _ = done
    assert len(buckets.keys(buckets.inbox)) == len(CLIPS) + 2
    assert buckets.keys(buckets.faces) == ["actor/front.png"]
    assert all(key.startswith(layout.job_prefix("cluster", JOB.uid)) for key in buckets.keys(buckets.work))


def test_of_writers_with_different_bytes_one_wins_whole_and_the_others_find_out(minio, bucket, tmp_path):
    area = JobArea(MinioStore(minio.settings, bucket), "local/jobs/x")
    contend(area, tmp_path, writers=4)
