"""A whole job by the real workers, which have in each phase the credentials of that phase and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from hybridface_operator.catalogue import load_catalogue
from hybridface_worker.contract import layout
from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.manifest import OutputReport
from hybridface_worker.contract.plan import MAPPED
from hybridface_worker.contract.spec import ImageFormat
from support.clips import clip
from support.images import face_still
from support.minting import MintedJob
from support.people import MAN, WOMAN, seen
from support.people import portrait as person
from support.remote_jobs import JOB
from support.runs import SOURCE, portrait
from support.standins import write_catalogue

FRAMES, CHUNK_FRAMES = 14, 7


def keys(minio, bucket, prefix=""):
    found = minio.admin.list_objects(bucket_name=bucket, prefix=prefix, recursive=True)
    return [str(each.object_name) for each in found]


@pytest.fixture
def buckets(minio, new_bucket, tmp_path):
    """Faces, inputs, results and the jobs' own; with a portrait, a clip and a still in their places."""
    faces, inbox, results, work = (new_bucket() for _ in range(4))
    minio.admin.fput_object(bucket_name=faces, object_name="front.png", file_path=str(portrait()))
    minio.admin.fput_object(bucket_name=inbox, object_name="clip.mp4", file_path=str(clip("vfr", FRAMES)))
    (tmp_path / "still.png").write_bytes(face_still(ImageFormat.PNG))
    minio.admin.fput_object(bucket_name=inbox, object_name="stills/a b.png", file_path=str(tmp_path / "still.png"))
    return faces, inbox, results, work


def minted(minio, buckets, parent, folder, targets, **spec):
    """A job over objects of the inbox, with a portrait of the faces."""
    faces, inbox, results, work = buckets
    return MintedJob(
        minio,
        work,
        parent=parent,
        folder=folder,
        source=f"s3://{faces}/front.png",
        targets={name: f"s3://{inbox}/{key}" for name, key in targets.items()},
        output={"uri": f"s3://{results}/spring/"},
        chunk_frames=CHUNK_FRAMES,
        **spec,
    )


def work_whole(job, *, shards):
    """Every phase, with so many workers each where there is enough to do."""
    done = job.probe(shards)
    plan = job.plan()
    done += job.swap(plan, shards)
    return done + job.merge(plan, shards)


def documented_policy(**buckets):
    """The parent key's policy as docs/concepts/tenants.md has it, for these buckets."""
    page = (Path(__file__).parents[3] / "docs/concepts/tenants.md").read_text()
    text = page.partition("```json\n")[2].partition("```")[0]
    for name, bucket in buckets.items():
        text = re.sub(rf":::{name.replace('_', '-')}(?=[/\"])", f":::{bucket}", text)
    return json.loads(text)


def test_a_job_goes_through_with_what_each_phase_is_given_by_the_parent_of_the_docs(
    minio, buckets, new_parent, tmp_path
):
    faces, inbox, results, work = buckets
    minio.admin.fput_object(bucket_name=inbox, object_name="front.png", file_path=str(portrait()))
    parent = new_parent(policy=documented_policy(inbox=inbox, models=faces, hybridface_work=work, results=results))
    job = MintedJob(
        minio,
        work,
        parent=parent,
        folder=tmp_path,
        source=f"s3://{inbox}/front.png",
        targets={"clip": f"s3://{inbox}/clip.mp4", "stills": f"s3://{inbox}/stills/"},
        output={"uri": f"s3://{results}/spring/", "video": {"quality": "lossless"}},
        chunk_frames=CHUNK_FRAMES,
        swapper="identity",
    )
    shards = work_whole(job, shards=2)
    assert [shard.status for shard in shards] == [0] * len(shards)
    assert not [event for shard in shards for event in shard.events if event["event"] == Event.REPORT_NOT_WRITTEN]
    folder = f"spring/{layout.published_folder(JOB)}{SOURCE}"
    assert keys(minio, results) == sorted(
        [
            f"{folder}/clip.mp4.report.json",
            f"{folder}/clip.mp4.sheet.png",
            f"{folder}/stills/a b.png.report.json",
            f"{folder}/stills/a b.png.sheet.png",
            f"spring/{SOURCE}/clip.mp4",
            f"spring/{SOURCE}/stills/a b.png",
        ]
    )
    assert keys(minio, work, f"{layout.job_prefix('cluster', JOB.uid)}in/") == []


def test_references_and_models_are_read_with_what_each_phase_is_given(minio, buckets, parent, tmp_path, monkeypatch):
    """Two people of a still, mapped to one source; the recogniser is an object like any other model."""
    faces, inbox, results, _ = buckets
    put = minio.admin.fput_object
    for name, who in (("woman", WOMAN), ("man", MAN)):
        put(bucket_name=faces, object_name=f"{name}.png", file_path=str(person(who, tmp_path / f"{name}.png")))
    Image.fromarray(seen(0, 1)).save(tmp_path / "people.png")
    put(bucket_name=inbox, object_name="people.png", file_path=str(tmp_path / "people.png"))
    (tmp_path / "models").mkdir()
    known = load_catalogue(write_catalogue(tmp_path / "models", ["standin-arcface"]))
    put(bucket_name=faces, object_name="arcface.onnx", file_path=str(tmp_path / "models" / "standin-arcface.onnx"))
    entry = known.models["standin-arcface"].model_copy(update={"uri": f"s3://{faces}/arcface.onnx"})
    monkeypatch.setenv("HYBRIDFACE_MODEL_CACHE", str(tmp_path / "cache"))
    job = minted(
        minio,
        buckets,
        parent,
        tmp_path,
        {"still": "people.png"},
        catalogue=Catalogue(models={"standin-arcface": entry}),
        models={"swapper": "marker", "recogniser": "standin-arcface"},
        faces={
            "map": [{"reference": {"uri": f"s3://{faces}/{who}.png"}, "source": SOURCE} for who in ("woman", "man")],
            "minSimilarity": "0.5",
        },
    )
    shards = work_whole(job, shards=1)
    assert [shard.status for shard in shards] == [0] * len(shards)
    assert [key for key in keys(minio, results) if not key.startswith("spring/_hybridface/")] == ["spring/still.png"]
    report = job.area.read(OutputReport, layout.output_report(MAPPED, "still", 0))
    assert (report.outcome, report.faces) == ("published", 2)


def test_a_job_with_more_inputs_than_a_policy_can_name_goes_through_with_copies(minio, buckets, parent, tmp_path):
    _, inbox, results, work = buckets
    targets = {}
    for number in range(5):
        key = f"{'long-' * 45}{number} & more.png"
        minio.admin.fput_object(bucket_name=inbox, object_name=key, file_path=str(tmp_path / "still.png"))
        targets[f"still-{number}"] = key
    job = minted(minio, buckets, parent, tmp_path, {"clip": "clip.mp4", **targets}, swapper="identity")
    copied = keys(minio, work, f"{layout.job_prefix('cluster', JOB.uid)}in/")
    assert 0 < len(copied) < 7
    shards = work_whole(job, shards=1)
    assert [shard.status for shard in shards] == [0] * len(shards)
    assert len(keys(minio, results, f"spring/{SOURCE}/")) == 6
