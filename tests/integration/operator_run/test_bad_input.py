"""What is wrong is said, and stops nobody else."""

from __future__ import annotations

from support.runs import portrait
from support.waiting import soon


def test_inputs_that_do_not_exist_fail_the_job_and_are_named(home):
    manifest = home.manifest("lost", {"still": portrait()})
    manifest["spec"]["targets"][0]["uri"] = f"s3://{home.inbox}/nowhere.png"
    home.apply(manifest)

    failed = soon(lambda: home.condition("lost", "Failed"), lambda each: each.get("status") == "True")

    assert failed["reason"] == "InputNotFound"
    assert f"s3://{home.inbox}/nowhere.png" in failed["message"]
    assert home.condition("lost", "Stalled")["status"] == "True"


def test_what_is_not_granted_is_not_read(home):
    manifest = home.manifest("greedy", {"still": portrait()})
    manifest["spec"]["targets"][0]["uri"] = f"s3://{home.work}/jobs/secret.png"
    home.apply(manifest)

    stalled = soon(lambda: home.condition("greedy", "Stalled"), lambda each: each.get("status") == "True")

    assert stalled["reason"] == "NotGranted"
    assert f"s3://{home.inbox}/" in stalled["message"]
    assert home.condition("greedy", "Failed")["status"] == "False"


def test_a_namespace_without_a_grant_may_have_no_jobs(home, namespace):
    manifest = home.manifest("stranger", {"still": portrait()})
    manifest["metadata"]["namespace"] = namespace
    home.apply(manifest)

    stalled = soon(lambda: home.condition("stranger", "Stalled", namespace), lambda each: each.get("status") == "True")

    assert stalled["reason"] == "NoGrant"
    home.plane.kubectl("delete", "fsj", "stranger", f"-n={namespace}")


def test_a_source_without_a_face_is_refused_before_any_gpu_is_asked_for(home, pods, tmp_path):
    from PIL import Image

    blank = tmp_path / "blank.png"
    Image.new("RGB", (320, 240), "grey").save(blank)
    manifest = home.manifest("faceless", {"still": portrait()})
    manifest["spec"]["sources"][0]["images"][0]["uri"] = home.upload(home.inbox, "blank.png", blank)
    home.apply(manifest)

    failed = soon(lambda: home.condition("faceless", "Failed"), lambda each: each.get("status") == "True", seconds=90)

    assert failed["reason"] == "NoFaceInSource"
    assert not [pod for pod in pods() if pod["metadata"]["labels"]["hybridface.dev/phase"] == "swap"]
