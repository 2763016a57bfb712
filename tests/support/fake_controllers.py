"""Controllers beside the API in memory: the garbage collector, and that of Indexed Jobs, without back-off delays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from hybridface_operator.kube.api import Body, Kind
from hybridface_operator.kube.notes import FAILED_CREATE
from hybridface_operator.spec.labels import controller_uid
from support.fake_api import FOREGROUND, FakeApi, ended

INDEX = "batch.kubernetes.io/job-completion-index"
TRACKING = "batch.kubernetes.io/job-tracking"


class Controllers:
    """What a controller manager does, one step at a time, always in the same order."""

    def __init__(self, api: FakeApi) -> None:
        self._api = api
        self._failures: Counter[tuple[str, int]] = Counter()
        self._made: Counter[str] = Counter()
        """Pods made for Jobs of a name, gone ones too: no pod's name comes twice, as none does with random suffixes."""
        self.refuses: Callable[[Body], bool] = lambda _: False
        """Whether quota, or whoever admits pods, takes none of a Job."""

    def step(self) -> bool:
        """Everything that is due now. Returns whether anything changed."""
        before = [body["metadata"]["resourceVersion"] for body in self._api.objects.values()]
        self._collect()
        for job in self._all(Kind.JOB):
            self._work(job)
        for pod in self._all(Kind.POD):
            if TRACKING in pod["metadata"].get("finalizers", ()) and not self._is_there(controller_uid(pod)):
                self._let_go(pod, TRACKING)
        return before != [body["metadata"]["resourceVersion"] for body in self._api.objects.values()]

    def settle(self) -> None:
        """Steps until nothing changes."""
        while self.step():
            pass

    def _all(self, kind: Kind) -> list[Body]:
        return [body for (of, _, _), body in sorted(self._api.objects.items(), key=lambda i: i[0][1:]) if of is kind]

    def _is_there(self, uid: str | None) -> bool:
        return any(body["metadata"]["uid"] == uid for body in self._api.objects.values())

    # garbage

    def _collect(self) -> None:
        for (kind, namespace, name), body in sorted(self._api.objects.items(), key=lambda item: item[0][1:]):
            metadata = body["metadata"]
            owners = [reference["uid"] for reference in metadata.get("ownerReferences", ())]
            going = metadata.get("deletionTimestamp")
            if (namespace and (Kind.NAMESPACE, "", namespace) not in self._api.objects and not going) or (
                owners and not going and all(self._is_gone_or_going(uid) for uid in owners)
            ):
                self._api.remove(kind, namespace, name)
            elif going and FOREGROUND in metadata.get("finalizers", ()) and not self._owns(metadata["uid"]):
                self._let_go(body, FOREGROUND)

    def _is_gone_or_going(self, uid: str) -> bool:
        owner = next((body for body in self._api.objects.values() if body["metadata"]["uid"] == uid), None)
        return owner is None or FOREGROUND in owner["metadata"].get("finalizers", ())

    def _owns(self, uid: str) -> bool:
        return any(controller_uid(body) == uid for body in self._api.objects.values())

    def _let_go(self, body: Body, finalizer: str) -> None:
        self._edit(body, lambda changed: changed["metadata"]["finalizers"].remove(finalizer))

    def _edit(self, body: Body, change: Any) -> None:
        metadata = body["metadata"]
        kind = next(kind for kind in Kind if kind.value.kind == body["kind"])
        self._api.edit(kind, metadata.get("namespace", ""), metadata["name"], change)

    # Jobs

    def _work(self, job: Body) -> None:
        if is_finished(job):
            return
        spec, status = job["spec"], job.get("status", {})
        done, failed = indexes(status.get("completedIndexes", "")), indexes(status.get("failedIndexes", ""))
        lost = status.get("failed", 0)
        going = bool(job["metadata"].get("deletionTimestamp"))
        for pod in self._pods(job):
            if going and not ended(pod) and TRACKING in pod["metadata"].get("finalizers", ()):
                self._let_go(pod, TRACKING)
            elif ended(pod) and TRACKING in pod["metadata"].get("finalizers", ()):
                if pod["status"]["phase"] == "Succeeded":
                    done.add(index_of(pod))
                else:
                    lost += 1
                    if self._gives_up(job, pod):
                        failed.add(index_of(pod))
                self._let_go(pod, TRACKING)
        failed -= done
        if spec.get("suspend") or going:
            for pod in self._active(job):
                if not pod["metadata"].get("deletionTimestamp"):
                    self._api.remove(Kind.POD, pod["metadata"]["namespace"], pod["metadata"]["name"])
        else:
            self._replace(job, done | failed)
        self._report(job, done, failed, lost)

    def _pods(self, job: Body) -> list[Body]:
        return [pod for pod in self._all(Kind.POD) if controller_uid(pod) == job["metadata"]["uid"]]

    def _active(self, job: Body) -> list[Body]:
        """With `podReplacementPolicy: Failed` a pod that is ending is active until it has ended."""
        return [pod for pod in self._pods(job) if not ended(pod)]

    def _gives_up(self, job: Body, pod: Body) -> bool:
        action = next((rule["action"] for rule in _rules(job) if _matches(rule, pod)), "Count")
        if action == "Count":
            self._failures[job["metadata"]["uid"], index_of(pod)] += 1
        failures = self._failures[job["metadata"]["uid"], index_of(pod)]
        return action == "FailIndex" or failures > job["spec"]["backoffLimitPerIndex"]

    def _replace(self, job: Body, settled: set[int]) -> None:
        if self.refuses(job):
            self._say_refused(job)
            return
        active = self._active(job)
        busy = settled | {index_of(pod) for pod in active}
        free = [index for index in range(job["spec"]["completions"]) if index not in busy]
        for index in free[: max(0, job["spec"]["parallelism"] - len(active))]:
            uid, name = job["metadata"]["uid"], job["metadata"]["name"]
            self._api.make(Kind.POD, _pod(job, index, self._made[name], self._failures[uid, index]))
            self._made[name] += 1

    def _say_refused(self, job: Body) -> None:
        metadata = job["metadata"]
        name = f"{metadata['name']}.refused"
        if (Kind.EVENT, metadata["namespace"], name) not in self._api.objects:
            said = {
                "metadata": {"name": name, "namespace": metadata["namespace"]},
                "reason": FAILED_CREATE,
                "regarding": {"uid": metadata["uid"]},
                "note": "Error creating: pods are forbidden: exceeded quota",
            }
            self._api.make(Kind.EVENT, said)

    def _report(self, job: Body, done: set[int], failed: set[int], lost: int) -> None:
        active = self._active(job)
        status = {
            "active": len([pod for pod in active if not pod["metadata"].get("deletionTimestamp")]),
            "terminating": len([pod for pod in active if pod["metadata"].get("deletionTimestamp")]),
            "succeeded": len(done),
            "failed": lost,
            "completedIndexes": ranges(done),
            "failedIndexes": ranges(failed),
            "conditions": [],
        }
        if not job["spec"].get("suspend"):
            status["startTime"] = job.get("status", {}).get("startTime") or self._api.time()
        now = {"status": "True", "lastTransitionTime": self._api.time()}
        if len(done | failed) == job["spec"]["completions"] and not active:
            outcome = {"type": "Failed", "reason": "FailedIndexes"} if failed else {"type": "Complete"}
            status["conditions"] = [outcome | now]
        elif job["spec"].get("suspend"):
            status["conditions"] = [{"type": "Suspended", "reason": "JobSuspended"} | now]
        found = self._api.objects.get((Kind.JOB, job["metadata"]["namespace"], job["metadata"]["name"]))
        if found is not None and _timeless(found.get("status", {})) != _timeless(status):
            self._edit(found, lambda changed: changed.update(status=status))


def is_finished(job: Body) -> bool:
    """Whether a Job is complete or has failed."""
    conditions = job.get("status", {}).get("conditions", ())
    return any(c["type"] in {"Complete", "Failed"} and c["status"] == "True" for c in conditions)


def pending(pods: list[Body]) -> list[Body]:
    """Those that still have something to do."""
    return [
        pod
        for pod in pods
        if pod.get("status", {}).get("phase") not in {"Succeeded", "Failed"}
        and not pod["metadata"].get("deletionTimestamp")
    ]


def index_of(pod: Body) -> int:
    """The index that a pod works."""
    return int(pod["metadata"]["annotations"][INDEX])


def indexes(text: str) -> set[int]:
    """`1,3-5` as numbers."""
    pairs = [part.partition("-") for part in text.split(",") if part]
    return {index for first, _, last in pairs for index in range(int(first), int(last or first) + 1)}


def ranges(numbers: Iterable[int]) -> str:
    """Numbers as `1,3-5`; two in a row are `1,2`, as the API server writes them."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}{',' if len(run) == 2 else '-'}{run[-1]}" for run in runs
    )


def _pod(job: Body, index: int, made: int, failures: int) -> Body:
    template, name = job["spec"]["template"], job["metadata"]["name"]
    labels = template["metadata"].get("labels", {}) | {"batch.kubernetes.io/job-name": name, INDEX: str(index)}
    metadata = {
        "name": f"{name}-{index}-{made:05d}",
        "namespace": job["metadata"]["namespace"],
        "labels": labels,
        "annotations": {INDEX: str(index), "batch.kubernetes.io/job-index-failure-count": str(failures)},
        "finalizers": [TRACKING],
        "ownerReferences": [
            {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": job["metadata"]["uid"], "controller": True}
        ],
    }
    return {"metadata": metadata, "spec": template["spec"], "status": {"phase": "Pending"}}


def _rules(job: Body) -> list[dict[str, Any]]:
    return list(job["spec"].get("podFailurePolicy", {}).get("rules", ()))


def _matches(rule: dict[str, Any], pod: Body) -> bool:
    status = pod["status"]
    if "onPodConditions" in rule:
        said = {(condition["type"], condition["status"]) for condition in status.get("conditions", ())}
        return any((wanted["type"], wanted.get("status", "True")) in said for wanted in rule["onPodConditions"])
    wanted = rule["onExitCodes"]
    ends = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    return any(
        end["name"] == wanted.get("containerName", end["name"])
        and "terminated" in end["state"]
        and end["state"]["terminated"]["exitCode"] in wanted["values"]
        for end in ends
    )


def _timeless(status: dict[str, Any]) -> dict[str, Any]:
    conditions = [{**condition, "lastTransitionTime": ""} for condition in status.get("conditions", ())]
    return {**status, "conditions": conditions}
