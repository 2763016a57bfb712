"""Jobs and pods, from the API server's objects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hybridface_operator.reconciling.seen import job_state, pod_state

AT = "2026-11-01T12:00:00Z"
LATER = "2026-11-01T12:05:00Z"
TIME, LATER_TIME = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 1, 12, 5, tzinfo=UTC)
LABELS = {"hybridface.dev/attempt": "3", "hybridface.dev/pool": "private", "hybridface.dev/phase": "swap"}


def job(status: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    metadata = {"name": "j", "uid": "u", "labels": LABELS, "creationTimestamp": AT, **parts.pop("metadata", {})}
    return {"metadata": metadata, "spec": {"parallelism": 2, **parts}, "status": status or {}}


def pod(phase: str = "Pending", *, spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    index = {"batch.kubernetes.io/job-completion-index": "4"}
    metadata = {"name": "p", "uid": "u", "labels": LABELS, "annotations": index, "creationTimestamp": AT}
    return {"metadata": metadata, "spec": spec or {}, "status": {"phase": phase, **status}}


def condition(kind: str, status: str = "True", **more: str) -> dict[str, str]:
    return {"type": kind, "status": status, "lastTransitionTime": LATER, **more}


def container(name: str, **ended: Any) -> dict[str, Any]:
    return {"name": name, "state": {"terminated": ended} if ended else {"running": {}}, "imageID": "image@sha256:1"}


NO_NODE = condition("PodScheduled", "False", reason="Unschedulable", message="0/3 nodes are available")


@pytest.mark.parametrize(("kind", "finished"), [("Complete", True), ("Failed", True), ("FailureTarget", False)])
def test_a_job_is_finished_once_it_is_complete_or_has_failed(kind, finished):
    assert job_state(job({"conditions": [condition(kind)]})).finished is finished
    assert job_state(job({"conditions": [condition(kind, "False")]})).finished is False


def test_a_job_says_who_it_is():
    state = job_state(job(suspend=True, metadata={"deletionTimestamp": AT}))
    assert (state.attempt, state.pool, state.phase, state.parallelism) == (3, "private", "swap", 2)
    assert state.suspended
    assert state.deleting


@pytest.mark.parametrize("label", LABELS)
def test_a_job_without_our_labels_is_none_of_ours(label):
    body = job()
    body["metadata"]["labels"] = {name: value for name, value in LABELS.items() if name != label}
    with pytest.raises(KeyError):
        job_state(body)


def test_a_pod_works_the_index_of_its_annotation_or_label():
    assert pod_state(pod()).index == 4


def test_a_pod_holds_its_device_from_when_it_was_scheduled():
    state = pod_state(pod("Running", conditions=[condition("PodScheduled")]))
    assert state.scheduled == LATER_TIME
    assert state.held_seconds(datetime(2026, 11, 1, 12, 6, tzinfo=UTC)) == 60


def test_the_workers_exit_status_is_the_pods():
    state = pod_state(pod("Failed", containerStatuses=[container("worker", exitCode=137, finishedAt=LATER)]))
    assert (state.exit_code, state.finished, state.ended) == (137, LATER_TIME, True)


def test_a_worker_has_ended_also_where_a_sidecar_runs_on():
    state = pod_state(
        pod("Running", containerStatuses=[container("worker", exitCode=0, finishedAt=LATER), container("proxy")])
    )
    assert (state.worker_ended, state.exit_code, state.ended, state.finished) == (LATER_TIME, 0, False, None)


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError"])
@pytest.mark.parametrize("where", ["containerStatuses", "initContainerStatuses"])
def test_why_a_container_cannot_be_started_is_said_in_the_kubelets_words(where, reason):
    def stuck(**waiting: str) -> str:
        status: dict[str, Any] = {where: [{"name": "worker", "state": {"waiting": waiting}}]}
        return pod_state(pod(**status)).stuck

    assert stuck(reason=reason, message="no such image") == f"{reason}: no such image"
    assert stuck(reason="ContainerCreating") == ""


@pytest.mark.parametrize(("status", "said"), [(64, 64), (78, 78), (70, None), (137, None), (0, None)])
def test_where_the_worker_never_ran_preloading_speaks_of_task_and_node_alone(status, said):
    init = [container("preload", exitCode=status, startedAt=AT, finishedAt=LATER)]
    state = pod_state(pod("Failed", initContainerStatuses=init, containerStatuses=[{"name": "worker", "state": {}}]))
    assert state.exit_code == said
    assert state.preload_seconds == 300


LOG = (
    't": "2026-11-01T12:04:00Z", "event": "failed", "message": "cut"}\n'
    '{"event": "failed", "message": "earlier"}\n{"event": "failed", "message": "the last"}\n{"event": "shard.done"}\n'
)


@pytest.mark.parametrize("kind", ["initContainerStatuses", "containerStatuses"])
@pytest.mark.parametrize(
    ("log", "said"), [(LOG, "the last"), ('{"event": "shard.started"}\n17\n[]', ""), ("", ""), (None, "")]
)
def test_why_a_pod_failed_is_the_message_of_its_last_failed_event(kind, log, said):
    name = "worker" if kind == "containerStatuses" else "preload"
    ended = {"exitCode": 64} if log is None else {"exitCode": 64, "message": log}
    status: dict[str, Any] = {kind: [container(name, **ended)]}
    assert pod_state(pod("Failed", **status)).said == said


def test_a_failed_pod_whose_node_said_nothing_ended_when_it_was_last_heard_of():
    assert pod_state(pod("Failed", conditions=[condition("DisruptionTarget")])).finished == LATER_TIME
    assert pod_state(pod("Failed")).finished == TIME


def test_a_pod_that_is_gone_ended_when_that_was_found():
    state = pod_state(pod("Running"), LATER_TIME)
    assert (state.gone, state.ended, state.finished) == (True, True, LATER_TIME)


def test_an_evicted_pod_is_disrupted():
    assert pod_state(pod(conditions=[condition("DisruptionTarget")])).disrupted
    assert not pod_state(pod(conditions=[condition("DisruptionTarget", "False")])).disrupted


def test_a_condition_that_does_not_say_since_when_holds_since_the_pod_was_made():
    untold = {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": None}
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": None}
    state = pod_state(pod(conditions=[untold, scheduled]))
    assert (state.disrupted, state.scheduled) == (True, TIME)


def test_a_pod_that_no_node_takes_is_unscheduled_since_then():
    state = pod_state(pod(conditions=[NO_NODE]))
    assert state.unscheduled
    assert (state.unscheduled.since, state.unscheduled.own_fault) == (LATER_TIME, False)


@pytest.mark.parametrize(
    "body",
    [
        pod(conditions=[NO_NODE], spec={"schedulingGates": [{"name": "queue"}]}),
        pod(conditions=[condition("PodScheduled", "False", reason="SchedulingGated")]),
        pod(conditions=[condition("PodScheduled")]),
        pod(),
    ],
    ids=["behind a gate", "gated", "pulling its image", "new"],
)
def test_who_waits_for_somebody_else_is_not_unscheduled(body):
    assert pod_state(body).unscheduled is None


def test_the_image_is_the_one_that_runs():
    assert pod_state(pod("Running", containerStatuses=[container("worker")])).image_id == "image@sha256:1"


def test_of_a_pod_that_ended_it_is_known_when_the_api_server_heard_of_it():
    body = pod("Succeeded")
    assert pod_state(body).told is None
    body["metadata"]["managedFields"] = [
        {"manager": "a", "time": LATER},
        {"manager": "b", "time": AT},
        {"manager": "c"},
    ]
    assert pod_state(body).told == LATER_TIME
    body["status"]["phase"] = "Running"
    assert pod_state(body).told is None


AN_HOUR_BEHIND, A_MINUTE_ON = "2026-11-01T11:00:00Z", "2026-11-01T11:01:00Z"


def test_how_long_a_pod_held_its_device_is_told_by_one_clock_although_its_nodes_is_wrong():
    worker = container("worker", exitCode=0, finishedAt=A_MINUTE_ON)
    scheduled = [condition("PodScheduled")]
    body = pod("Succeeded", conditions=scheduled, startTime=AN_HOUR_BEHIND, containerStatuses=[worker])
    assert pod_state(body).held_seconds(LATER_TIME) == 60
    running = pod("Running", conditions=scheduled, startTime=AN_HOUR_BEHIND, containerStatuses=[container("worker")])
    assert pod_state(running).held_seconds(LATER_TIME + timedelta(seconds=9)) == 9
    gone = pod_state(running, LATER_TIME + timedelta(seconds=7))
    assert gone.held_seconds(LATER_TIME + timedelta(seconds=9)) == 7


def test_a_worker_has_ended_beside_a_sidecar_when_the_api_server_heard_so_although_its_nodes_clock_is_behind():
    worker = container("worker", exitCode=0, finishedAt=AN_HOUR_BEHIND)
    body = pod("Running", containerStatuses=[worker, container("proxy")])
    body["metadata"]["managedFields"] = [{"manager": "kubelet", "time": AT}]
    state = pod_state(body)
    assert state.idle_since == TIME
    assert not state.lingers(TIME + timedelta(seconds=60), 60)
    assert state.lingers(TIME + timedelta(seconds=61), 60)
