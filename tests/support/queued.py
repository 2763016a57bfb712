"""A FaceSwapJob in a pool with a queue: what is said of it, its Jobs, and what Kueue has of them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from support.estate import Estate
from support.kubelet_rules import has_ended
from support.waiting import soon

Body = dict[str, Any]
_JOB, _PHASE, _POOL = (f"hybridface.dev/{name}" for name in ("job", "phase", "pool"))
_INDEX = "batch.kubernetes.io/job-completion-index"


class Queued:
    """One job of an estate, and the commits that it had before anything happened to it: ETags by key."""

    def __init__(self, home: Estate, name: str, before: Mapping[str, str] | None = None) -> None:
        self._home = home
        self.name = name
        self.before = dict(before or {})

    def held(self, phase: str = "s") -> str:
        """What is said of it, once it waits for Kueue in that phase: the letter in its Job's name."""
        said = soon(
            lambda: self._home.condition(self.name, "Reconciling"),
            lambda each: each.get("reason") == "Queued" and f"Job {self.name}-{phase}-" in each["message"],
        )
        return str(said["message"])

    def told(self, message: str) -> str:
        """What the command shows that the message names, once Kueue has said anything about it."""
        command = shlex.split(message.partition("; kubectl ")[2].removesuffix(" says what for"))
        return soon(lambda: self._home.plane.kubectl(*command), lambda text: "Reason:" in text)

    def jobs(self) -> list[Body]:
        """Its Jobs."""
        return [each for each in self._listed("batch/v1", "jobs") if each["metadata"]["labels"][_JOB] == self.name]

    def swap_job(self) -> Body:
        """The Job of its Swap; empty where there is none."""
        return next((each for each in self.jobs() if each["metadata"]["labels"][_PHASE] == "swap"), {})

    def pods(self) -> list[Body]:
        """The pods of its Swap, those that have ended as well."""
        labels = {_JOB: self.name, _PHASE: "swap"}
        return [each for each in self._home.pods() if labels.items() <= each["metadata"]["labels"].items()]

    def in_hand(self) -> int:
        """How many pods of its Swap have a chunk in hand and are not told to end; the first is never held."""
        live = [pod["metadata"] for pod in self.pods() if not has_ended(pod)]
        held = [each for each in live if each["labels"][_INDEX] != "0" and "deletionTimestamp" not in each]
        return sum('"event": "chunk.started"' in self._home.kubelets.log_of(each["name"]) for each in held)

    def pools(self) -> set[str]:
        """The pools that its Jobs are made for."""
        return {each["metadata"]["labels"][_POOL] for each in self.jobs()}

    def workloads(self) -> list[Body]:
        """What Kueue has of its Jobs, by their names."""
        found = [
            each
            for each in self._listed("kueue.x-k8s.io/v1beta2", "workloads")
            if each["metadata"]["ownerReferences"][0]["name"].startswith(f"{self.name}-")
        ]
        return sorted(found, key=lambda each: str(each["metadata"]["name"]))

    def unfinished(self) -> list[Body]:
        """Its Workloads that have not ended."""
        return [each for each in self.workloads() if _condition(each, "Finished").get("status") != "True"]

    def evicted(self) -> list[str]:
        """Why Kueue stopped its Swap, each reason once."""
        name = self.swap_job()["metadata"]["name"]
        (found,) = (each for each in self.workloads() if each["metadata"]["ownerReferences"][0]["name"] == name)
        return [each["reason"] for each in found["status"].get("schedulingStats", {}).get("evictions", ())]

    def kept(self, chunks: int) -> bool:
        """Whether so many chunks are committed, and none that was before has been committed again."""
        after = self._home.commits(self.name)
        return len(after) == chunks and self.before.items() <= after.items()

    def counted(self) -> list[str]:
        """Workers whose end counts as a try."""
        home, prefix = self._home, f"{self._home.area(self.name)}exits/"
        found = home.minio.admin.list_objects(bucket_name=home.work, prefix=prefix, recursive=True)
        exits = {str(each.object_name): home.download(home.work, str(each.object_name)).read_text() for each in found}
        assert exits, "nobody's end is written down"
        return [key for key, text in exits.items() if '"counts":true' in text]

    def _listed(self, group: str, kind: str) -> list[Body]:
        found: list[Body] = self._home.plane.read(f"/apis/{group}/namespaces/{self._home.namespace}/{kind}")["items"]
        return found


def _condition(body: Body, kind: str) -> Body:
    conditions: list[Body] = body.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == kind), {})
