"""Jobs and pods as the API server shows them, and what of them matters. Reads plain objects, decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from hybridface_operator.policy.types import Sensitivity, moment
from hybridface_operator.spec.labels import ATTEMPT, PHASE, POOL, PRELOAD, QUEUE, SENSITIVITY, WORKER, controller_uid
from hybridface_operator.spec.objects import Body
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.exit_codes import ExitCode

from .records import MAX_SAID

_INDEX = "batch.kubernetes.io/job-completion-index"
_CANNOT_START = frozenset(
    {
        *("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"),
        *("CreateContainerConfigError", "CreateContainerError", "RunContainerError"),
    }
)
"""What a kubelet says of a container that it tried to start and could not; of one that it is busy with, it does not."""
_VOLUMES = ("persistentvolumeclaim", "persistent volume", "volume node affinity")
"""What the scheduler says of a pod that waits for its own volume, and for no GPU."""


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """A pod that found no node."""

    since: datetime
    message: str
    """The scheduler's words."""

    @property
    def own_fault(self) -> bool:
        """Whether the pod waits for something of its own, such as a volume, and not for a node."""
        return any(word in self.message.lower() for word in _VOLUMES)


@dataclass(frozen=True, slots=True)
class PodState:
    """One pod of an attempt."""

    name: str
    uid: str
    attempt: int
    index: int
    """Its shard."""
    phase: str
    node: str | None
    created: datetime
    scheduled: datetime | None
    """From here on it holds its device, its init container's time included."""
    finished: datetime | None
    exit_code: int | None
    """The worker's exit status, or what preloading said of task or node; None while it runs, and where it never did."""
    disrupted: bool
    """Evicted, preempted, or its node is gone: not the work's fault."""
    deleting_since: datetime | None
    """When it should have ended at the latest: the API server adds the grace to the time of the deletion."""
    unscheduled: Unscheduled | None
    image_id: str
    """The digest of the worker image that it runs."""
    gone: bool
    """It is no longer there; this is how it was seen last."""
    preload_seconds: float | None = None
    """How long its init container fetched models, once that has ended; None where it has none."""
    said: str = ""
    """Why it failed, in its own words, where it said so."""
    controller: str | None = None
    """The uid of the Job that made it; None where that is told of none."""
    worker_ended: datetime | None = None
    """When its worker ended, whatever else runs in the pod; None while it runs or never did."""
    stuck: str = ""
    """Why its containers cannot be started, in the kubelet's words, such as an image that cannot be pulled."""
    told: datetime | None = field(default=None, compare=False)
    """When the API server heard last of one that has ended, or whose worker has, by its own clock: that of a node may
    be wrong. No news."""
    taken_in: datetime | None = None
    """When its node took in one that has ended: by the node's clock, as `finished` is; None where that is not."""

    def lingers(self, now: datetime, patience_seconds: float) -> bool:
        """Whether its worker ended so long ago, and something else in it, such as a sidecar, has not."""
        since = None if self.ended or self.deleting_since else self.idle_since
        return since is not None and (now - since).total_seconds() > patience_seconds

    @property
    def held_since(self) -> datetime | None:
        """Since when it has held its device, by the clock that `finished` is told by."""
        return self.taken_in or self.scheduled

    @property
    def idle_since(self) -> datetime | None:
        """Since when its worker has ended, by the API server's clock where that tells."""
        return self.worker_ended and (self.told or self.worker_ended)

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.gone or self.phase in ("Succeeded", "Failed")

    def overdue(self, now: datetime, patience_seconds: float) -> bool:
        """Whether it should have ended so long ago that its node must be dead."""
        return self.deleting_since is not None and (now - self.deleting_since).total_seconds() > patience_seconds

    def held_seconds(self, now: datetime) -> float:
        """For how long it has held its device."""
        since = self.held_since
        return max(0.0, ((self.finished or now) - since).total_seconds()) if since else 0.0


@dataclass(frozen=True, slots=True)
class JobState:
    """One Job: an attempt as Kubernetes knows it."""

    name: str
    uid: str
    attempt: int
    pool: str
    created: datetime
    parallelism: int
    finished: bool
    """Complete or failed; nothing of it will run again."""
    deleting: bool
    suspended: bool
    """Held back, as Kueue does until there is quota."""
    queue: str = ""
    """Whose business it is to start it, where a queue is told."""
    phase: str = "swap"
    """What its pods do: those of Probe and Merge hold no GPU."""
    sensitivity: Sensitivity | None = None
    """What it was made for: its Secret is named by it. None where its label says nothing that is known."""
    started: datetime | None = field(default=None, compare=False)
    """Since when it may make pods; None where it is suspended, or nobody has looked at it yet. By itself no news."""


def job_state(body: Body) -> JobState:
    """Reads a Job of ours. Raises KeyError, ValueError where it is none."""
    metadata, spec = body["metadata"], body.get("spec") or {}
    labels = metadata["labels"]
    status = body.get("status") or {}
    conditions = {item["type"]: item["status"] for item in status.get("conditions") or ()}
    sensitivity, started = labels.get(SENSITIVITY), status.get("startTime")
    return JobState(
        name=metadata["name"],
        uid=metadata["uid"],
        attempt=int(labels[ATTEMPT]),
        pool=labels[POOL],
        created=moment(metadata["creationTimestamp"]),
        parallelism=int(spec.get("parallelism") or 0),
        finished="True" in (conditions.get("Complete"), conditions.get("Failed")),
        deleting=bool(metadata.get("deletionTimestamp")),
        suspended=bool(spec.get("suspend")),
        queue=labels.get(QUEUE, ""),
        phase=labels[PHASE],
        sensitivity=Sensitivity(sensitivity) if sensitivity in set(Sensitivity) else None,
        started=moment(started) if started else None,
    )


def pod_state(body: Body, gone: datetime | None = None) -> PodState:
    """Reads a pod of ours; `gone` is when it was found to be no longer there.

    Raises KeyError, ValueError where it is none of ours.
    """
    metadata, spec, status = body["metadata"], body.get("spec") or {}, body.get("status") or {}
    created = moment(metadata["creationTimestamp"])
    conditions = {item["type"]: item for item in status.get("conditions") or ()}
    worker: Body = next((item for item in status.get("containerStatuses") or () if item["name"] == WORKER), {})
    ended = (worker.get("state") or {}).get("terminated") or {}
    deleting = metadata.get("deletionTimestamp")
    phase = status.get("phase") or "Pending"
    over = phase in ("Succeeded", "Failed")
    return PodState(
        name=metadata["name"],
        uid=metadata["uid"],
        attempt=int(metadata["labels"][ATTEMPT]),
        index=_index(metadata),
        phase=phase,
        node=spec.get("nodeName"),
        created=created,
        scheduled=_since(conditions.get("PodScheduled"), "True", created),
        finished=_finished(status, ended, metadata["creationTimestamp"]) if over else gone,
        exit_code=_exit_code(status, ended),
        disrupted=_since(conditions.get("DisruptionTarget"), "True", created) is not None,
        deleting_since=moment(deleting) if deleting else None,
        unscheduled=_unscheduled(conditions.get("PodScheduled"), spec, created),
        image_id=str(worker.get("imageID") or ""),
        gone=gone is not None,
        preload_seconds=_preload_seconds(status),
        said=_said(status),
        controller=controller_uid(body),
        worker_ended=moment(ended["finishedAt"]) if ended.get("finishedAt") else None,
        stuck=_stuck(status),
        told=_told(metadata) if over or ended else None,
        taken_in=_taken_in(status, ended) if over else None,
    )


def _index(metadata: Body) -> int:
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    return int(labels.get(_INDEX) or annotations[_INDEX])


def _since(condition: Body | None, status: str, created: datetime) -> datetime | None:
    """Since when it holds; a condition may say that it does, and not since when."""
    if not condition or condition.get("status") != status:
        return None
    told = condition.get("lastTransitionTime")
    return moment(told) if told else created


def _finished(status: Body, ended: Body, created: str) -> datetime:
    """When its containers ended; of a pod whose node said nothing, when it was last heard of."""
    heard = [item.get("lastTransitionTime") for item in status.get("conditions") or ()]
    known = _ends(status, ended) or [time for time in heard if time] or [created]
    return max(moment(time) for time in known)


def _ends(status: Body, ended: Body) -> list[str]:
    """When its containers ended, by its node's clock."""
    times = [item.get("finishedAt") for item in ([ended] if ended else _terminated(status))]
    return [time for time in times if time]


def _taken_in(status: Body, ended: Body) -> datetime | None:
    began = status.get("startTime")
    return moment(began) if began and _ends(status, ended) else None


def _told(metadata: Body) -> datetime | None:
    """The API server notes down when it took each manager's last change in."""
    times = [item["time"] for item in metadata.get("managedFields") or () if item.get("time")]
    return moment(max(times)) if times else None


def _exit_code(status: Body, ended: Body) -> int | None:
    """The worker's exit status. Where it never ran, what preloading said of the task or of the node."""
    if "exitCode" in ended:
        return int(ended["exitCode"])
    preload: Body = next((item for item in status.get("initContainerStatuses") or () if item["name"] == PRELOAD), {})
    said = ((preload.get("state") or {}).get("terminated") or {}).get("exitCode")
    return said if said in (ExitCode.BAD_TASK, ExitCode.LACKS_PLAN) else None


def _preload_seconds(status: Body) -> float | None:
    for item in status.get("initContainerStatuses") or ():
        ended = (item.get("state") or {}).get("terminated") or {}
        if item.get("name") == PRELOAD and ended.get("startedAt") and ended.get("finishedAt"):
            return max(0.0, (moment(ended["finishedAt"]) - moment(ended["startedAt"])).total_seconds())
    return None


def _said(status: Body) -> str:
    """The message of a container's last `failed` event. The kubelet passes on the end of the log of one that failed."""
    for ended in _terminated(status):
        for line in reversed((ended.get("message") or "").splitlines()):
            try:
                event = json.loads(line)
            except ValueError:  # the first line may be cut
                continue
            if isinstance(event, dict) and event.get("event") == Event.FAILED:
                return str(event.get("message", ""))[:MAX_SAID]
    return ""


def _stuck(status: Body) -> str:
    for name in ("initContainerStatuses", "containerStatuses"):
        for item in status.get(name) or ():
            waiting = (item.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") in _CANNOT_START:
                why = waiting.get("message") or item.get("image") or item["name"]
                return f"{waiting['reason']}: {why}"[:MAX_SAID]
    return ""


def _terminated(status: Body) -> Iterator[Body]:
    for name in ("initContainerStatuses", "containerStatuses"):
        for item in status.get(name) or ():
            yield cast("Body", (item.get("state") or {}).get("terminated") or {})


def _unscheduled(condition: Body | None, spec: Body, created: datetime) -> Unscheduled | None:
    """A pod behind a scheduling gate waits for who set the gate, not for a node."""
    since = _since(condition, "False", created)
    if since is None or not condition or condition.get("reason") != "Unschedulable" or spec.get("schedulingGates"):
        return None
    return Unscheduled(since, str(condition.get("message") or ""))
