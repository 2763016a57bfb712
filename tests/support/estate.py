"""Everything that a FaceSwapJob needs, on real servers: tenant, nodes, policy, storage, the operator as a process of
its own under its own role, and kubelets that are played."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import urllib3
import yaml

from support.consul_server import ConsulServer
from support.control_plane import ControlPlane
from support.estate_access import Access
from support.estate_documents import INVENTORY, POLICY, granted, node, node_status, surroundings
from support.estate_models import offered
from support.kubelet import Kubelets
from support.minio_server import MinioServer
from support.minting import ParentKey
from support.operator_process import OperatorProcess
from support.real_world import CLUSTER_ROLE, HOME_ROLE, TENANT_ROLE, role
from support.runs import SOURCE, portrait
from support.waiting import soon

Body = dict[str, Any]
_numbers = itertools.count()
_DOCUMENTS = ("inventory", "tenants", "pods", "catalogue")


class Estate:
    """One operator and its surroundings; servers are shared, names are its own."""

    def __init__(
        self, plane: ControlPlane, consul: ConsulServer, minio: MinioServer, folder: Path, prefix: str = ""
    ) -> None:
        """`prefix` is for one whose keys in Consul others know; without it, it is this estate's own."""
        number = next(_numbers)
        self.plane, self.consul, self.minio, self.folder = plane, consul, minio, folder
        self.namespace, self.home = f"studio-{number}", f"hybridface-{number}"
        self.inbox, self.results, self.work = (
            minio.bucket(f"{name}-{number}") for name in ("inbox", "results", "work")
        )
        self.prefix = self.user = prefix or f"estate-{number}"
        """Of its keys in Consul, and of names that others must not have; and who it is to the API server."""
        self.operator = OperatorProcess(folder, kept_up=True)
        self.access = Access(plane, consul, self.prefix, folder)
        self.kubelets = Kubelets(plane.kubeconfig, folder / "pods")
        self._parent = ParentKey(minio, folder)
        self._nodes: list[str] = []

    def prepare(self, inventory: Body = INVENTORY, policy: Body | None = POLICY, **grant: Any) -> None:
        """Namespaces, roles, classes, configuration, policy."""
        roles = ((CLUSTER_ROLE, ""), (HOME_ROLE, self.home), (TENANT_ROLE, self.namespace))
        objects = [
            *surroundings(self.namespace, self.home),
            *(each for name, where in roles for each in granted(role(name), self.user, where)),
        ]
        self.apply(*objects)
        tenants = {
            "grants": [
                {
                    "namespace": self.namespace,
                    "read": [f"s3://{self.inbox}/"],
                    "write": [f"s3://{self.results}/"],
                    **grant,
                }
            ]
        }
        pods = {
            "image": "registry.test/hybridface-worker:test",
            "store": {"endpoint": f"http://{self.minio.settings.endpoint}"},
            "graceSeconds": 30,
            "retriesPerShard": 1,  # each is begun later than the one before: 10 s, 20 s, 40 s
            "env": {"HYBRIDFACE_THREADS": "1"},
        }
        catalogue = offered(self.minio, self.inbox, self.folder / "models")
        for name, document in zip(_DOCUMENTS, (inventory, tenants, pods, catalogue), strict=True):
            self._path(name).write_text(yaml.safe_dump(document))
        if policy is not None:
            self.publish_policy(policy)

    def node(self, name: str, pool: str, *, gpus: int = 1) -> str:
        """A ready node of a pool."""
        whole = f"{name}-{self.prefix}"
        self.apply(node(whole, pool))
        self.plane.patch(f"/api/v1/nodes/{whole}/status", node_status(gpus))
        self.plane.patch(f"/api/v1/nodes/{whole}", {"spec": {"taints": None}})
        self._nodes.append(whole)
        return whole

    def taint(self, node: str) -> None:
        """What takes a node from its pods does: the controllers evict them, and no other gets onto it."""
        self.plane.kubectl("taint", "node", node, "test/gone=now:NoExecute", "--overwrite")

    def untaint(self, node: str) -> None:
        """The node takes pods again."""
        self.plane.kubectl("taint", "node", node, "test/gone-")

    def publish_policy(self, policy: Body) -> None:
        """Puts a policy into Consul as it is, good or bad."""
        self.put(f"{self.prefix}/policy", json.dumps(policy).encode())

    def publish_price(self, pool: str, quote: Body | bytes) -> None:
        """Puts a quote into Consul as it is, good or bad."""
        data = quote if isinstance(quote, bytes) else json.dumps(quote).encode()
        self.put(f"{self.prefix}/prices/{pool}", data)

    def put(self, key: str, value: bytes) -> None:
        """Puts a value into Consul."""
        with urllib3.PoolManager(retries=False, timeout=60) as http:
            answer = http.request(
                "PUT", f"{self.consul.url}/v1/kv/{key}", body=value, headers={"X-Consul-Token": self.consul.token}
            )
            assert answer.status == 200, answer.data

    def upload(self, bucket: str, key: str, path: Path) -> str:
        """Puts a file into MinIO; its URI."""
        self.minio.admin.fput_object(bucket_name=bucket, object_name=key, file_path=str(path))
        return f"s3://{bucket}/{key}"

    def manifest(self, name: str, targets: Mapping[str, Path], **spec: Any) -> Body:
        """A FaceSwapJob over these files, which are uploaded."""
        source = self.upload(self.inbox, "portrait.png", portrait())
        uris = {key: self.upload(self.inbox, f"{name}/{path.name}", path) for key, path in targets.items()}
        whole = {
            "sources": [{"name": SOURCE, "images": [{"uri": source}]}],
            "targets": [{"name": key, "uri": uri} for key, uri in uris.items()],
            "output": {"uri": f"s3://{self.results}/{name}/", "video": {"quality": "lossless"}},
            "models": {"swapper": "marker"},
            "sensitivity": "internal",
            "consent": {"reference": "public domain"},
            **spec,
        }
        kind = {"apiVersion": "hybridface.dev/v1alpha1", "kind": "FaceSwapJob"}
        return {**kind, "metadata": {"name": name, "namespace": self.namespace}, "spec": whole}

    def apply(self, *objects: Body) -> None:
        """As `kubectl apply --server-side` does."""
        self.plane.apply(*objects)

    def job(self, name: str, namespace: str = "") -> Body:
        """A FaceSwapJob as it stands."""
        return self.plane.read(f"{self._jobs(namespace)}/{name}")

    def pods(self) -> list[Body]:
        """The pods of the tenant as they are now."""
        found: list[Body] = self.plane.read(f"/api/v1/namespaces/{self.namespace}/pods")["items"]
        return found

    def patch(self, name: str, change: Body) -> None:
        """As `kubectl patch` does."""
        self.plane.patch(f"{self._jobs()}/{name}", change)

    def delete_jobs(self) -> None:
        """Tells every job to go."""
        self.plane.delete(self._jobs())

    def commits(self, name: str) -> dict[str, str]:
        """The manifests of committed chunks: their ETags by key."""
        prefix = f"{self.area(name)}done/"
        found = self.minio.admin.list_objects(bucket_name=self.work, prefix=prefix, recursive=True)
        return {str(each.object_name).removeprefix(prefix): str(each.etag) for each in found}

    def decisions(self, name: str) -> list[bytes]:
        """The recorded decisions, as they are stored."""
        prefix = f"{self.area(name)}decisions/"
        found = self.minio.admin.list_objects(bucket_name=self.work, prefix=prefix, recursive=True)
        return [self.download(self.work, str(each.object_name)).read_bytes() for each in found]

    def download(self, bucket: str, key: str, *, folder: str = "") -> Path:
        """A file with the object's bytes."""
        path = self.folder / "downloads" / f"{next(_numbers)}-{Path(key).name}"
        self.minio.admin.fget_object(bucket_name=bucket, object_name=folder + key, file_path=str(path))
        return path

    def hybridface(self, *arguments: str) -> str:
        """What the command prints. Raises AssertionError where it fails."""
        command = [sys.executable, "-c", "import sys; from hybridface_operator.cli import main; sys.exit(main())"]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def area(self, name: str) -> str:
        """The prefix of a job's records, below the work bucket."""
        cluster = self.plane.read("/api/v1/namespaces/kube-system")
        return f"{cluster['metadata']['uid']}/jobs/{self.job(name)['metadata']['uid']}/"

    def forget_prices(self) -> None:
        """Removes every quote from Consul."""
        with urllib3.PoolManager(retries=False, timeout=60) as http:
            url = f"{self.consul.url}/v1/kv/{self.prefix}/prices/?recurse=true"
            http.request("DELETE", url, headers={"X-Consul-Token": self.consul.token})

    def restore_policy(self) -> None:
        """Publishes the good policy again."""
        self.publish_policy(POLICY)

    def revive(self) -> None:
        """Starts the operator where it was stopped."""
        if not self.operator.runs:
            self.start_operator()

    def another(self) -> Estate:
        """A second operator for the same tenant; its log and its process are its own."""
        twin = object.__new__(Estate)
        twin.__dict__.update(self.__dict__)
        twin.folder = self.folder / f"another-{next(_numbers)}"
        twin.folder.mkdir()
        for name in _DOCUMENTS:
            shutil.copy(self._path(name), twin.folder)
        twin.operator = OperatorProcess(twin.folder, kept_up=True)
        twin.operator.forked = self.operator.forked
        return twin

    def condition(self, name: str, kind: str, namespace: str = "") -> Body:
        """One of its conditions; empty where there is none."""
        conditions = self.job(name, namespace).get("status", {}).get("conditions", [])
        return next((each for each in conditions if each["type"] == kind), {})

    def events(self, name: str, namespace: str = "") -> list[Body]:
        """What was said about an object of that name."""
        found = self.plane.read(f"/apis/events.k8s.io/v1/namespaces/{namespace or self.namespace}/events")
        return [each for each in found["items"] if each["regarding"]["name"] == name]

    def metric(self, name: str) -> float:
        """What the operator's metrics say of one without labels, or with those that are written behind its name."""
        lines = self.operator.metrics().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)

    def done(self, name: str, *, seconds: float = 240) -> Body:
        """The job once it is complete. Raises AssertionError where it fails, or takes too long."""

        def over(job: Body) -> bool:
            status = {each["type"]: each for each in job.get("status", {}).get("conditions", [])}
            failed = status.get("Failed", {})
            assert failed.get("status") != "True", failed
            return bool(status.get("Complete", {}).get("status") == "True")

        try:
            return soon(lambda: self.job(name), over, seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.operator_log()[-6000:]}") from error

    def start_operator(self) -> None:
        """Starts the operator, as its pod would."""
        self.operator.start(
            {
                **self.access.environment,
                "HYBRIDFACE_NAMESPACE": self.home,
                "HYBRIDFACE_WORK_URI": f"s3://{self.work}/",
                **{f"HYBRIDFACE_{name.upper()}": str(self._path(name)) for name in _DOCUMENTS},
                "HYBRIDFACE_S3_ENDPOINT": f"http://{self.minio.settings.endpoint}",
                "HYBRIDFACE_CREDENTIALS_DIR": str(self._parent.folder),
            }
        )

    def stop_operator(self, how: int = signal.SIGTERM) -> int | None:
        """Ends the operator; its exit status."""
        return self.operator.stop(how)

    def operator_log(self) -> str:
        """What the operator has said."""
        return self.operator.log()

    def close(self) -> None:
        """Ends what was started; nodes go, since others' pods must not land on them."""
        self.stop_operator(signal.SIGKILL)
        self.kubelets.close()
        for name in self._nodes:
            with suppress(LookupError):
                self.plane.delete(f"/api/v1/nodes/{name}")

    def _jobs(self, namespace: str = "") -> str:
        return f"/apis/hybridface.dev/v1alpha1/namespaces/{namespace or self.namespace}/faceswapjobs"

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"


@contextmanager
def estate(
    plane: ControlPlane, consul: ConsulServer, minio: MinioServer, folder: Path, prefix: str = ""
) -> Iterator[Estate]:
    """An estate of a test's own, ended on leaving."""
    made = Estate(plane, consul, minio, folder, prefix)
    for name in ("pods", "downloads"):
        (folder / name).mkdir()
    try:
        yield made
    finally:
        made.close()
