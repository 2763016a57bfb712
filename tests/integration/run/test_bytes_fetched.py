"""A shard of a target of 2 GB fetches its share of the bytes and little more: counted, over a real object store."""

from __future__ import annotations

from support.large_files import write_large_video
from support.remote_jobs import RemoteJob
from support.runs import portrait

PACKET_BYTES = 450_000
FRAMES = 4800
SHARDS = 16
MOST = 1.3
"""Bytes that a shard fetches, as a multiple of its share. Beside its own frames it reads the file's index, the frames
on both sides that smoothing and rate control look at, and what lies between these and the keyframe before them."""


def test_one_shard_of_many_fetches_little_more_than_its_share(minio, new_bucket, tmp_path):
    inbox, work = new_bucket(), new_bucket()
    path = tmp_path / "large.mp4"
    write_large_video(path, FRAMES, PACKET_BYTES)
    size = path.stat().st_size
    assert size > 2 * 2**30
    minio.admin.fput_object(bucket_name=inbox, object_name="large.mp4", file_path=str(path), part_size=2**26)
    minio.admin.fput_object(bucket_name=inbox, object_name="face.png", file_path=str(portrait()))
    path.unlink()
    job = RemoteJob(
        minio,
        work,
        source=f"s3://{inbox}/face.png",
        targets={"large": f"s3://{inbox}/large.mp4"},
        output={"uri": f"s3://{work}/out/", "video": {"quality": "high"}},
        swapper="identity",
    )
    job.probe()
    (shard,) = job.swap(job.plan(), SHARDS, only=SHARDS // 2)
    minio.admin.remove_object(bucket_name=inbox, object_name="large.mp4")

    assert shard.status == 0
    committed = shard.of("chunk.committed")
    assert all(event["faces"] > 0 for event in committed)
    share = size * sum(event["frames"] for event in committed) / FRAMES
    (read,) = shard.of("input.read")
    assert read["size"] == size
    assert share <= read["bytes_fetched"] <= MOST * share
