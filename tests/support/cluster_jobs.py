"""FaceSwapJobs of the tenant on a real cluster: applied over small clips, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hybridface_worker.contract import layout
from support.api_requests import Api
from support.chart import NAMESPACE
from support.cluster_release import INBOX, RESULTS, TENANT, WORK, Release, condition
from support.decoded import decoded
from support.runs import SOURCE, portrait
from support.waiting import soon

Body = dict[str, Any]
_GROUP = "apis/hybridface.dev/v1alpha1"


class Studio:
    """The tenant's jobs. What it asks the API server, it asks without starting a program."""

    def __init__(self, release: Release, folder: Path) -> None:
        self.release = release
        self.cluster = release.cluster
        self._folder = folder
        self._api = Api(release.cluster.plane)
        self._uploaded: set[str] = set()
        self._cluster_uid = self._api.get("api/v1/namespaces/kube-system").body["metadata"]["uid"]

    def apply(
        self, name: str, targets: Mapping[str, Path], *, labels: Mapping[str, str] | None = None, **spec: Any
    ) -> None:
        """A job with these files as targets: lossless, with the swapper `marker`, unless it is said otherwise."""
        whole = {
            "sources": [{"name": SOURCE, "images": [{"uri": self.upload(portrait())}]}],
            "targets": [{"name": target, "uri": self.upload(path)} for target, path in targets.items()],
            "output": {"uri": f"s3://{RESULTS}/{name}/", "video": {"quality": "lossless"}},
            "models": {"swapper": "marker"},
            "sensitivity": "internal",
            "consent": {"reference": "public domain"},
            **spec,
        }
        kind = {"apiVersion": "hybridface.dev/v1alpha1", "kind": "FaceSwapJob"}
        metadata = {"name": name, "namespace": TENANT, "labels": dict(labels or {})}
        self.cluster.apply({**kind, "metadata": metadata, "spec": whole})

    def upload(self, path: Path) -> str:
        """Puts a file into the inbox, once; its URI."""
        if path.name not in self._uploaded:
            self.cluster.minio.admin.fput_object(bucket_name=INBOX, object_name=path.name, file_path=str(path))
            self._uploaded.add(path.name)
        return f"s3://{INBOX}/{path.name}"

    def patch(self, name: str, spec: Body) -> None:
        """Changes fields of a job's specification."""
        change = json.dumps({"spec": spec})
        self.cluster.plane.kubectl(
            "patch", "faceswapjob", name, f"--namespace={TENANT}", "--type=merge", f"--patch={change}"
        )

    def job(self, name: str) -> Body:
        """A job as it stands."""
        return self._api.get(f"{_GROUP}/namespaces/{TENANT}/faceswapjobs/{name}").body

    def done(self, *names: str, seconds: float) -> list[Body]:
        """The jobs, once all are complete. Raises AssertionError where one fails, or it takes too long."""

        def open_jobs() -> list[str]:
            found = {name: self.job(name) for name in names}
            failed = {name: condition(job, "Failed") for name, job in found.items()}
            assert not [each for each in failed.values() if each.get("status") == "True"], failed
            return [name for name, job in found.items() if condition(job, "Complete").get("status") != "True"]

        try:
            soon(open_jobs, lambda names: not names, seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._said()}") from error
        return [self.job(name) for name in names]

    def verdict(self, name: str, pool: str) -> Body:
        """What was said last of a pool for the job: `reason` and `message`, empty before anything was."""
        told = self.job(name).get("status", {}).get("placement", {}).get("verdicts", [])
        return next((each for each in told if each["pool"] == pool), {"reason": "", "message": ""})

    def pods(self, *names: str, phase: str = "") -> list[Body]:
        """The pods of these jobs, of one phase or of all."""
        selector = f"hybridface.dev/job in ({','.join(names)})" + (f",hybridface.dev/phase={phase}" if phase else "")
        return self._listed(f"api/v1/namespaces/{TENANT}/pods?labelSelector={selector}")

    def operators(self) -> list[Body]:
        """The operator's pods."""
        return self._listed(f"api/v1/namespaces/{NAMESPACE}/pods?labelSelector=app.kubernetes.io/component=operator")

    def events(self, pod: str) -> set[str]:
        """The reasons of what was said about a pod."""
        found = self._listed(f"api/v1/namespaces/{TENANT}/events?fieldSelector=involvedObject.name={pod}")
        return {each["reason"] for each in found}

    def prefix(self, name: str) -> str:
        """Where a job keeps its records, below the work bucket."""
        return layout.job_prefix(self._cluster_uid, self.job(name)["metadata"]["uid"])

    def keys(self, name: str, folder: str = "") -> dict[str, str]:
        """ETags of a job's records by key below the folder."""
        prefix = self.prefix(name) + folder
        found = self.cluster.minio.admin.list_objects(bucket_name=WORK, prefix=prefix, recursive=True)
        return {str(each.object_name).removeprefix(prefix): str(each.etag) for each in found}

    def records(self, name: str, folder: str) -> dict[str, Body]:
        """A job's records below the folder, by key."""
        return {key: json.loads(self._read(WORK, self.prefix(name) + folder + key)) for key in self.keys(name, folder)}

    def ends(self, name: str) -> list[tuple[str, str, str]]:
        """Phase, pool and cause of every attempt that has ended, in order."""
        ended = self.records(name, "ended/")
        return [(each["phase"], each["pool"], each["cause"]) for _, each in sorted(ended.items())]

    def counted(self, name: str) -> list[Body]:
        """The ends of workers that count as tries."""
        return [each for each in self.records(name, "exits/").values() if each["counts"]]

    def frames(self, name: str, output: str) -> tuple[tuple[int | None, str], ...]:
        """Time and digest of every frame of an output."""
        path = self._folder / f"{name}-{Path(output).name}"
        path.write_bytes(self._read(RESULTS, f"{name}/{SOURCE}/{output}"))
        return decoded(path)

    def logs(self, pod: str, container: str) -> list[Body]:
        """What a container of a pod has logged."""
        printed = self.cluster.plane.kubectl("logs", pod, f"--container={container}", f"--namespace={TENANT}")
        return [json.loads(line) for line in printed.splitlines()]

    def _listed(self, path: str) -> list[Body]:
        found: list[Body] = self._api.get(path).body["items"]
        return found

    def _read(self, bucket: str, key: str) -> bytes:
        answer = self.cluster.minio.admin.get_object(bucket_name=bucket, object_name=key)
        try:
            data: bytes = answer.data
            return data
        finally:
            answer.close()
            answer.release_conn()

    def _said(self) -> str:
        """The end of what the operators have logged."""
        where = (f"--namespace={NAMESPACE}", "--selector=app.kubernetes.io/component=operator", "--tail=40")
        said: str = self.cluster.plane.kubectl("logs", *where, "--prefix")
        return said


def running(pods: Iterable[Body]) -> list[Body]:
    """Those that run, and were not told to end."""
    return [pod for pod in pods if pod["status"]["phase"] == "Running" and not pod["metadata"].get("deletionTimestamp")]


def nodes(pods: Iterable[Body]) -> set[str]:
    """Where pods are, or have been."""
    return {pod["spec"]["nodeName"] for pod in pods if "nodeName" in pod["spec"]}
