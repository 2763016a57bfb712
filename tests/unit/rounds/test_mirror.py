"""The table of what the API server holds: newest versions, whatever lists and watches say in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.rounds.mirror import Mirror

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OWNER = "job-uid"


def body(name: str, version: int = 1, **parts: Any) -> dict[str, Any]:
    """An object; those of attempts carry their labels."""
    labels = {"uid": OWNER, "attempt": "1", "pool": "private", "phase": "swap"}
    metadata = {
        "name": name,
        "namespace": "studio",
        "uid": f"{name}-uid",
        "resourceVersion": str(version),
        "creationTimestamp": NOW.isoformat(),
        "labels": {f"hybridface.dev/{key}": value for key, value in labels.items()},
        "annotations": {"batch.kubernetes.io/job-completion-index": "0"},
    }
    return {"metadata": metadata, "spec": {}, "status": {}, **parts}


def face_swap_job(version: int = 1, **parts: Any) -> dict[str, Any]:
    made = body("job", version, **parts)
    made["metadata"]["uid"] = OWNER
    return made


def pod(name: str = "pod", version: int = 1, phase: str = "Running") -> dict[str, Any]:
    return body(name, version, status={"phase": phase})


@pytest.fixture
def mirror():
    """It knows the FaceSwapJob."""
    made = Mirror()
    made.see(Kind.FACE_SWAP_JOB, face_swap_job())
    return made


def test_it_says_whom_an_object_concerns(mirror):
    assert mirror.see(Kind.JOB, body("j")) == mirror.see(Kind.POD, pod()) == OWNER
    assert mirror.see(Kind.NODE, body("n")) is None
    assert set(mirror.jobs(OWNER)) == {"j"}
    assert set(mirror.pods(OWNER)) == {"pod"}


def test_what_is_no_news_concerns_nobody(mirror):
    mirror.see(Kind.POD, pod(version=5))
    assert mirror.see(Kind.POD, pod(version=4, phase="Pending")) is None
    assert mirror.see(Kind.POD, pod(version=5)) is None
    assert mirror.pods(OWNER)["pod"].phase == "Running"


def test_what_changes_nothing_that_is_kept_concerns_nobody(mirror):
    mirror.see(Kind.JOB, body("j"))
    mirror.see(Kind.POD, pod())
    assert mirror.see(Kind.JOB, body("j", 2, status={"active": 1, "ready": 1})) is None
    assert mirror.see(Kind.POD, body("pod", 2, status={"phase": "Running", "podIP": "10.0.0.1"})) is None
    assert mirror.see(Kind.JOB, body("j", 3, status={"conditions": [{"type": "Complete", "status": "True"}]})) == OWNER
    assert mirror.see(Kind.POD, pod(version=3, phase="Succeeded")) == OWNER


@pytest.mark.parametrize("label", ["uid", "attempt", "phase"])
def test_somebody_elses_object_is_none_of_an_attempts(mirror, label):
    stranger = body("j")
    del stranger["metadata"]["labels"][f"hybridface.dev/{label}"]
    assert mirror.see(Kind.JOB, stranger) is None
    assert not mirror.jobs(OWNER)
    assert not mirror._attempted


def test_a_pod_that_is_gone_is_remembered_as_it_was_until_it_is_forgotten(mirror):
    mirror.see(Kind.POD, pod())
    assert mirror.lose(Kind.POD, pod(version=2, phase="Failed"), NOW) == OWNER
    assert mirror.pods(OWNER)["pod"].gone
    assert mirror.pods(OWNER)["pod"].phase == "Failed"
    mirror.forget_pods(OWNER, ["pod"])
    assert not mirror.pods(OWNER)


def test_a_job_that_is_gone_is_gone_unless_another_has_its_name(mirror):
    mirror.see(Kind.JOB, body("j"))
    second = body("j", 7)
    second["metadata"]["uid"] = "another"
    mirror.see(Kind.JOB, second)
    mirror.lose(Kind.JOB, body("j", 6), NOW)
    assert mirror.jobs(OWNER)["j"].uid == "another"
    mirror.lose(Kind.JOB, second, NOW)
    assert not mirror.jobs(OWNER)


def test_a_list_tells_what_a_watch_missed(mirror):
    for kind, name in ((Kind.JOB, "j"), (Kind.JOB, "k"), (Kind.POD, "p"), (Kind.POD, "q")):
        mirror.see(kind, body(name))
    assert mirror.relist(Kind.JOB, [body("k", 2)], NOW) == {OWNER}
    assert mirror.relist(Kind.POD, [body("q", 2)], NOW) == {OWNER}
    assert set(mirror.jobs(OWNER)) == {"k"}
    assert {name: each.gone for name, each in mirror.pods(OWNER).items()} == {"p": True, "q": False}
    assert mirror.relist(Kind.FACE_SWAP_JOB, [], NOW) == {OWNER}
    assert mirror.face_swap_job(OWNER) is None


def test_a_list_without_news_concerns_nobody(mirror):
    mirror.see(Kind.JOB, body("j"))
    assert mirror.relist(Kind.JOB, [body("j")], NOW) == set()


@pytest.mark.parametrize("kind", [Kind.JOB, Kind.POD])
def test_what_came_while_a_list_was_on_its_way_is_not_gone(mirror, kind):
    asked = mirror.mark()
    mirror.see(kind, body("late"))
    assert mirror.relist(kind, [], NOW, asked) == set()
    assert mirror.relist(kind, [], NOW) == {OWNER}


def test_what_went_while_a_list_was_on_its_way_does_not_come_back(mirror):
    mirror.see(Kind.JOB, body("j"))
    mirror.see(Kind.POD, pod())
    asked = mirror.mark()
    mirror.lose(Kind.JOB, body("j", 2), NOW)
    mirror.lose(Kind.POD, pod(version=2), NOW)
    assert mirror.relist(Kind.JOB, [body("j")], NOW, asked) == set()
    assert mirror.relist(Kind.POD, [pod()], NOW, asked) == set()
    assert not mirror.jobs(OWNER)
    assert mirror.pods(OWNER)["pod"].gone


def test_pods_of_a_job_that_is_gone_are_not_remembered(mirror):
    mirror.see(Kind.POD, pod())
    assert mirror.lose(Kind.FACE_SWAP_JOB, face_swap_job(2), NOW) == OWNER
    mirror.see(Kind.POD, pod(version=2))
    mirror.lose(Kind.POD, pod(version=3), NOW)
    mirror.lose(Kind.JOB, body("j"), NOW)
    assert not mirror.pods(OWNER)


def test_what_others_label_in_their_own_namespaces_is_none_of_an_attempts(mirror):
    mirror.see(Kind.JOB, body("j"))
    mirror.see(Kind.POD, pod())
    for kind, made in (
        (Kind.JOB, body("j", 9, status={"conditions": [{"type": "Failed", "status": "True"}]})),
        (Kind.POD, pod(version=9, phase="Failed")),
    ):
        made["metadata"] |= {"namespace": "elsewhere", "uid": "theirs"}
        mirror.see(kind, made)
    assert not mirror.jobs(OWNER)["j"].finished
    assert mirror.pods(OWNER)["pod"].phase == "Running"


def test_a_job_that_a_list_left_out_by_mistake_comes_back_with_its_jobs_and_pods(mirror):
    mirror.see(Kind.JOB, body("j"))
    mirror.see(Kind.POD, pod())
    mirror.relist(Kind.FACE_SWAP_JOB, [], NOW)
    mirror.relist(Kind.JOB, [body("j")], NOW)
    mirror.relist(Kind.POD, [pod()], NOW)
    mirror.relist(Kind.FACE_SWAP_JOB, [face_swap_job()], NOW)
    assert set(mirror.jobs(OWNER)) == {"j"}
    assert set(mirror.pods(OWNER)) == {"pod"}


def test_of_jobs_that_are_gone_nothing_is_kept_in_whatever_order_their_objects_go(mirror):
    jobs, pods = [(Kind.JOB, body("j", 3))], [(Kind.POD, pod(version=3))]
    for order in ((*jobs, *pods), (*pods, *jobs)):
        fresh = Mirror()
        fresh.see(Kind.FACE_SWAP_JOB, face_swap_job())
        fresh.see(Kind.JOB, body("j"))
        fresh.see(Kind.POD, pod())
        fresh.lose(Kind.FACE_SWAP_JOB, face_swap_job(2), NOW)
        for kind, made in order:
            fresh.see(kind, made)
            fresh.lose(kind, made, NOW)
        assert not fresh._attempted


def test_a_job_that_is_over_keeps_what_says_so(mirror):
    status = {"conditions": [{"type": "Complete"}], "placement": {"verdicts": []}, "completionTime": "x"}
    mirror.see(Kind.FACE_SWAP_JOB, face_swap_job(2, status=status))
    mirror.slim(OWNER)
    kept = mirror.face_swap_job(OWNER)
    assert set(kept["status"]) == {"conditions", "completionTime"}
    assert "annotations" not in kept["metadata"]


def node(version: int, *, ready: str = "True", heartbeat: str = "", **spec: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready, "lastHeartbeatTime": heartbeat}]
    return body("n", version, spec=spec, status={"conditions": conditions, "allocatable": {"nvidia.com/gpu": "1"}})


def test_a_heartbeat_of_a_node_changes_no_room(mirror):
    mirror.see(Kind.NODE, node(1))
    before = mirror.room
    mirror.see(Kind.NODE, node(2, heartbeat=(NOW + timedelta(seconds=10)).isoformat()))
    assert mirror.room == before


def test_room_changes_with_readiness_cordons_and_nodes(mirror):
    mirror.see(Kind.NODE, node(1))
    rooms = [mirror.room]
    for change in (node(2, ready="Unknown"), node(3), node(4, unschedulable=True)):
        mirror.see(Kind.NODE, change)
        rooms.append(mirror.room)
    mirror.lose(Kind.NODE, node(5), NOW)
    assert len({*rooms, mirror.room}) == 5


def test_nodes_that_were_never_listed_are_not_known_to_be_none(mirror):
    mirror.see(Kind.NODE, node(1))
    assert mirror.nodes() is None
    mirror.relist(Kind.NODE, [], NOW)
    assert not list(mirror.nodes())
