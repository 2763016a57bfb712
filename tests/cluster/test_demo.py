"""From `helm install` and `kubectl apply` to outputs in object storage, on real kubelets with the real images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from prepare_demo import prepare
from support.chart import NAMESPACE
from support.cluster_release import RESULTS, TENANT, condition
from support.merging import Probed, chapters, described, other_packets
from support.waiting import soon

MANIFEST = Path(__file__).parents[2] / "examples" / "demo-cluster.yaml"
ENFORCE = "pod-security.kubernetes.io/enforce"
SECONDS = 400
OUTPUTS = {"clip.mp4", "stills/group.jpg", "stills/pair.png", "stills/turned.jpg"}

pytestmark = pytest.mark.timeout(SECONDS + 200)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "in"
    prepare(folder, seconds=1)
    return folder


@pytest.fixture(scope="module")
def demo(cluster, release, inputs):
    """The demo's job, once it is over."""
    release.upload(inputs)
    cluster.plane.kubectl("apply", f"--filename={MANIFEST}")
    return soon(
        lambda: release.job("demo"),
        lambda job: {condition(job, kind).get("status") for kind in ("Complete", "Failed")} & {"True"},
        seconds=SECONDS,
    )


@pytest.fixture(scope="module")
def pods(cluster, demo):
    """The pods that worked for it."""
    found = cluster.get("pods", namespace=TENANT)["items"]
    assert {phase_of(pod) for pod in found} == {"probe", "swap", "merge"}
    return found


def phase_of(pod):
    return pod["spec"]["containers"][0]["args"][0]


def test_every_output_is_published(cluster, demo):
    assert condition(demo, "Complete").get("reason") == "AllPublished", demo["status"]
    stored = cluster.minio.admin.list_objects(bucket_name=RESULTS, prefix="demo/astronaut/", recursive=True)
    assert {each.object_name.removeprefix("demo/astronaut/") for each in stored} == OUTPUTS


def test_the_clip_kept_every_time_track_and_chapter_and_its_pictures_changed(cluster, demo, inputs, tmp_path):
    source, path = inputs / "people.mp4", tmp_path / "clip.mp4"
    cluster.minio.admin.fget_object(bucket_name=RESULTS, object_name="demo/astronaut/clip.mp4", file_path=str(path))
    before, after = Probed.of(source), Probed.of(path)
    np.testing.assert_array_equal(after.index.pts, before.index.pts)
    np.testing.assert_array_equal(after.index.durations, before.index.durations)
    assert other_packets(path, after.info.stream) == other_packets(source, before.info.stream)
    assert [track[2:] for track in described(path)] == [track[2:] for track in described(source)]
    assert chapters(path) == chapters(source)
    assert after.samples() != before.samples()


def test_namespaces_of_operator_and_tenant_take_none_but_restricted_pods(cluster, demo):
    for name in (NAMESPACE, TENANT):
        assert cluster.get("namespaces", name)["metadata"]["labels"][ENFORCE] == "restricted"


def test_no_worker_has_a_token_of_the_api(pods):
    for pod in pods:
        assert pod["spec"]["automountServiceAccountToken"] is False
        sources = [
            source for volume in pod["spec"]["volumes"] for source in volume.get("projected", {}).get("sources", [])
        ]
        assert [source for source in sources if "serviceAccountToken" in source] == []


def test_every_line_that_a_worker_logs_says_whose_work_it_is(cluster, demo, pods):
    for pod in pods:
        printed = cluster.plane.kubectl("logs", pod["metadata"]["name"], f"--namespace={TENANT}")
        lines = [json.loads(line) for line in printed.splitlines()]
        assert lines, pod["metadata"]["name"]
        for line in lines:
            assert (line["job"], line["uid"], line["phase"]) == ("demo", demo["metadata"]["uid"], phase_of(pod)), line
            assert {"timestamp", "level", "event", "attempt", "shard"} <= set(line), line
        if phase_of(pod) == "swap":
            assert [line for line in lines if "chunk" in line] != []
