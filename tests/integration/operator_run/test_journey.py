"""From `kubectl apply` to outputs in MinIO: the operator as a process, real servers, the worker's real code."""

from __future__ import annotations

import json

from hybridface_worker.contract import layout
from support.clips import clip
from support.decoded import decoded
from support.runs import portrait


def test_a_clip_and_a_prefix_of_stills_go_from_apply_to_outputs(home):
    manifest = home.manifest("spring", {"clip": clip("cfr")})
    home.upload(home.inbox, "stills/a/one.png", portrait())
    home.upload(home.inbox, "stills/two.png", portrait())
    manifest["spec"]["targets"].append({"name": "stills", "uri": f"s3://{home.inbox}/stills/"})

    home.apply(manifest)
    job = home.done("spring")

    status, uid = job["status"], job["metadata"]["uid"]
    assert status["outputs"]["count"] == 3
    assert status["outputs"]["failed"] == 0
    assert status["progress"]["percent"] == 100
    assert status["placement"]["rule"] == "bulk"
    for path in ("actor/clip.mp4", "actor/stills/a/one.png", "actor/stills/two.png"):
        stored = home.minio.admin.stat_object(bucket_name=home.results, object_name=f"spring/{path}")
        assert stored.metadata[f"x-amz-meta-{layout.OUTPUT_UID}"] == uid, path
    output = home.download(home.results, "spring/actor/clip.mp4")
    assert [pts for pts, _ in decoded(output)] == [pts for pts, _ in decoded(clip("cfr"))]
    index = json.loads(
        home.download(home.results, status["outputs"]["index"].partition("spring/")[2], folder="spring/").read_text()
    )
    assert {entry["outcome"] for entry in index["outputs"]} == {"published"}


def test_people_see_where_it_is(home):
    home.apply(home.manifest("shown", {"still": portrait()}))
    home.done("shown")

    row = home.plane.kubectl("get", "fsj", "shown", f"-n={home.namespace}", "-o=wide", "--no-headers").split()
    described = home.plane.kubectl("describe", "fsj", "shown", f"-n={home.namespace}")

    assert row[:7] == ["shown", "Completed", "private", "1/1", "bulk", "0", "internal"]
    assert "AllPublished" in described
    assert "rule bulk placed it on private" in described
