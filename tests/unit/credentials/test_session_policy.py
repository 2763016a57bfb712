"""What the credentials of each phase allow: read off the policy, as the service would."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from hybridface_operator.credentials.session_policy import (
    LIMIT_BYTES,
    PHASES,
    Reach,
    fits,
    resource,
    resource_below,
    session_policy,
)
from hybridface_operator.errors import JobRefused
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import reference_name
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.store.uri import BadUriError
from support.credentials import FOLDER, MODELS, OUTPUT, image, item, reach

CHUNK = ChunkRef(source="actor", target="clip", unit="v000000", start=0, end=64)
READ, WRITE, ABORT = "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"
OWN = {
    "inputs": layout.INPUTS,
    "plan": layout.PLAN,
    "task": layout.attempt(3),
    "probe": layout.probe_result(0),
    "frames": layout.frame_index("clip", 0),
    "chunks": layout.chunk_data(CHUNK, "0" * 64),
    "done": layout.chunk_manifest(CHUNK),
    "tries": layout.try_marker(3, CHUNK, 1),
    "merged": layout.output_report("actor", "clip", 0),
}


def allowed(policy, action, uri):
    """Whether the policy allows it: wildcards are the policy's, never the object's."""
    name = "arn:aws:s3:::" + uri.removeprefix("s3://")
    return any(
        action in statement["Action"] and any(fnmatchcase(name, each) for each in statement["Resource"])
        for statement in json.loads(policy)["Statement"]
    )


def own(policy, action):
    return {name for name, key in OWN.items() if allowed(policy, action, FOLDER + key)}


@pytest.mark.parametrize(
    ("phase", "reads", "writes"),
    [
        ("probe", {"inputs", "task", "probe", "frames"}, {"probe", "frames"}),
        (
            "swap",
            {"inputs", "plan", "task", "probe", "frames", "chunks", "done", "tries"},
            {"chunks", "done", "tries"},
        ),
        ("merge", {"inputs", "plan", "task", "probe", "frames", "chunks", "done", "merged"}, {"merged"}),
    ],
)
def test_each_phase_reaches_what_it_works_with_of_the_jobs_own(phase, reads, writes):
    policy = session_policy(phase, 3, reach([image()], [item()]))
    assert (own(policy, READ), own(policy, WRITE), own(policy, ABORT)) == (reads, writes, writes)


@pytest.mark.parametrize("phase", PHASES)
def test_no_phase_reads_decisions_or_touches_another_attempts_task(phase):
    policy = session_policy(phase, 3, reach([image()], [item()]))
    for key in ("decisions/000001.json", layout.worker_exit("w"), layout.attempt(4), layout.try_marker(4, CHUNK, 1)):
        for action in (READ, WRITE):
            assert not allowed(policy, action, FOLDER + key)


@pytest.mark.parametrize(("phase", "seen"), [("probe", True), ("swap", True), ("merge", False)])
def test_images_of_sources_are_read_where_faces_are_looked_at(phase, seen):
    policy = session_policy(phase, 1, reach([image("s3://faces/a.png")], [item("s3://inbox/clip.mp4")]))
    assert allowed(policy, READ, "s3://faces/a.png") is seen
    assert allowed(policy, READ, "s3://inbox/clip.mp4")
    assert not allowed(policy, WRITE, "s3://inbox/clip.mp4")


@pytest.mark.parametrize(("phase", "seen"), [("probe", True), ("swap", True), ("merge", False)])
def test_references_are_read_where_sources_are(phase, seen):
    who = image("s3://faces/who.png", source=reference_name(0))
    policy = session_policy(phase, 1, reach([image(), who], [item()]))
    assert allowed(policy, READ, "s3://faces/who.png") is seen
    assert not allowed(policy, WRITE, "s3://faces/who.png")


@pytest.mark.parametrize(
    ("phase", "detector", "swapper"), [("probe", True, False), ("swap", True, True), ("merge", False, False)]
)
def test_models_are_read_by_the_phase_that_loads_them(phase, detector, swapper):
    policy = session_policy(phase, 1, reach([image()], [item()]))
    assert allowed(policy, READ, "s3://models/detector.onnx") is detector
    assert allowed(policy, READ, "s3://models/swapper.onnx") is swapper


@pytest.mark.parametrize("phase", PHASES)
def test_only_merge_writes_outputs(phase):
    policy = session_policy(phase, 1, reach([image()], [item()]))
    for path in ("actor/clip.mp4", "_hybridface/team.job/actor/clip.mp4.report.json"):
        assert allowed(policy, WRITE, OUTPUT + path) is (phase == "merge")


@pytest.mark.parametrize("phase", PHASES)
def test_nothing_is_listed_or_deleted(phase):
    actions = {
        action
        for statement in json.loads(session_policy(phase, 1, reach([image()], [item()])))["Statement"]
        for action in statement["Action"]
    }
    assert actions == {READ, WRITE, ABORT}


def test_an_object_that_was_named_alone_opens_none_whose_name_begins_with_it():
    policy = session_policy("probe", 1, reach([image("s3://faces/a.png")], [item("s3://inbox/clip")]))
    for uri in ("s3://faces/a.png.bak", "s3://inbox/clip2", "s3://inbox/clip/other"):
        assert not allowed(policy, READ, uri)


def test_a_target_that_is_a_prefix_is_one_resource_for_all_under_it():
    items = [item(f"s3://inbox/stills/{n}.png", path=f"{n}.png", number=n, of_prefix=True) for n in range(5000)]
    policy = session_policy("probe", 1, reach([image()], items))
    assert allowed(policy, READ, "s3://inbox/stills/deep/later.png")
    for uri in ("s3://inbox/stills", "s3://inbox/stills-2/a.png", "s3://inbox/other.png"):
        assert not allowed(policy, READ, uri)


def test_a_prefix_that_is_a_whole_bucket_is_that_bucket_alone():
    policy = session_policy("probe", 1, reach([image()], [item("s3://inbox/a.png", path="a.png", of_prefix=True)]))
    assert allowed(policy, READ, "s3://inbox/b/c.png")
    assert not allowed(policy, READ, "s3://inbox-2/c.png")


def test_copies_are_one_resource():
    copied = f"{FOLDER}in/targets/clip/000000/clip.mp4"
    policy = session_policy("merge", 1, reach([image()], [item(copied)]))
    assert allowed(policy, READ, copied)
    assert not allowed(policy, WRITE, copied)


@pytest.mark.parametrize("bad", ["*", "?", "$", "${aws:username}"])
@pytest.mark.parametrize("phase", PHASES)
def test_what_a_policy_would_take_for_a_wildcard_is_refused(phase, bad):
    with pytest.raises(BadUriError):
        session_policy(phase, 1, reach([image()], [item(f"s3://inbox/{bad}.mp4")]))
    with pytest.raises(BadUriError):
        session_policy(phase, 1, reach([image()], [item()], folder=f"s3://work/{bad}/jobs/u/"))


def test_an_output_with_a_wildcard_is_refused():
    with pytest.raises(BadUriError):
        session_policy("merge", 1, reach([image()], [item()], output="s3://results/*/"))


def test_a_relative_path_that_is_not_the_uris_end_opens_nothing():
    strange = item("s3://inbox/stills/a.png", path="b.png", of_prefix=True)
    with pytest.raises(BadUriError, match="slash at its end"):
        reach([image()], [strange])


@pytest.mark.parametrize("uri", ["s3://inbox/folder", "s3://inbox"])
def test_what_lies_below_something_is_said_of_folders_alone(uri):
    with pytest.raises(BadUriError):
        resource_below(uri)


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "s3://inbox/", "s3://inbox/folder/"])
def test_a_resource_is_one_object_in_s3(uri):
    with pytest.raises(BadUriError):
        resource(uri)


def test_letters_outside_ascii_count_by_their_bytes():
    assert fits("x" * (LIMIT_BYTES - 1))
    assert not fits("x" * LIMIT_BYTES)
    assert not fits("ü" * (LIMIT_BYTES // 2))


def test_a_policy_that_is_too_long_is_never_handed_out():
    images = [image(f"s3://faces/{'x' * 60}{n}.png", number=n) for n in range(40)]
    with pytest.raises(JobRefused, match="has to stay under 2048"):
        session_policy("probe", 1, reach(images, [item()]))


def test_the_same_job_has_the_same_policy():
    images = [image(f"s3://faces/{n}.png", number=n) for n in range(9)]
    assert session_policy("swap", 1, reach(images, [item()])) == session_policy(
        "swap", 1, reach(images[::-1], [item()])
    )


def test_models_that_are_built_in_need_nothing():
    from hybridface_worker.contract.catalogue import BUILT_IN

    built_in = MODELS.model_copy(update={"detector": BUILT_IN["centerface"], "swapper": BUILT_IN["identity"]})
    whole = Reach(FOLDER, frozenset(), frozenset(), built_in, OUTPUT)
    assert "models/" not in session_policy("swap", 1, whole)
