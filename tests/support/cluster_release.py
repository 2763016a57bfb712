"""The chart on the cluster, with a tenant, as administrators install it; times are made short."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3

from build_images import TAG, reference
from support import cluster_models
from support.chart import CHART, NAMESPACE, Helm
from support.cluster import PRIVATE_LABEL, Cluster
from support.cluster_network import HERE
from support.minting import ParentKey

TENANT = "studio"
RELEASE = "hybridface"
GRACE_SECONDS = 20
"""A worker that is told to end may finish the chunk in hand."""
DEAD_POD_SECONDS = 10
"""One that should have ended so long ago is on a dead node."""
INBOX, RESULTS, WORK = "inbox", "results", "hybridface-work"
_PREFIX = "hybridface"
_CONSUL_SECRET, _PARENT_SECRET = "consul", "parent-key"
_MEDIA = {".png", ".jpg", ".webp", ".mp4"}
_READS = f'key_prefix "{_PREFIX}/" {{ policy = "read" }}'
_WRITES = f'key_prefix "{_PREFIX}/" {{ policy = "write" }}'
_SMALL = {"cpu": "100m", "memory": "1Gi", "ephemeralStorage": "1Gi"}
_ON_PRIVATE_NODES = {PRIVATE_LABEL: "private"}
_LARGEST = 4
"""GPUs of a pool at most; how many there are, the nodes say."""

Body = dict[str, Any]

INVENTORY: Body = {
    "pools": [
        {"name": "private", "kind": "private", "nodeSelector": _ON_PRIVATE_NODES, "maxGpus": _LARGEST},
        {
            "name": "cloud",
            "kind": "cloud",
            "capacity": "spot",
            "provider": "aws",
            "nodeSelector": {"hybridface.dev/pool": "cloud"},
            "maxGpus": _LARGEST,
        },
    ]
}
POLICY: Body = {
    "version": 1,
    "currency": "USD",
    "rules": [
        {"name": "portraits-stay-home", "when": {"sensitivity": ["restricted"]}, "place": ["private"]},
        {"name": "bulk", "when": {"sensitivity": ["public", "internal"]}, "place": ["private", "cloud"]},
    ],
    "default": {"place": ["private"]},
    "pools": {"cloud": {"maxPricePerGpuHour": "0.40"}},
    "limits": {"priceMaxAge": "15m", "dwell": "5s", "unscheduledTimeout": "90s", "breakerCooldown": "20s"},
}


class Release:
    """HybridFace on a cluster."""

    def __init__(self, cluster: Cluster, storage: str | None = None) -> None:
        """`storage` is the URL by which operator and workers reach object storage, where it is not MinIO's own."""
        self.cluster = cluster
        self._storage = storage or f"http://{cluster.minio.settings.endpoint}"
        folder = cluster.folder / "release"
        folder.mkdir()
        self.helm = Helm(folder, cluster.plane.kubeconfig)
        self._folder = folder

    def install(self) -> None:
        """Makes buckets, keys and the tenant, installs the chart, and waits until the operators are ready."""
        for bucket in (INBOX, RESULTS, WORK, cluster_models.BUCKET):
            self.cluster.minio.bucket(bucket)
        for name in cluster_models.catalogue():
            model = cluster_models.standin(name)
            self.cluster.minio.admin.fput_object(
                bucket_name=cluster_models.BUCKET, object_name=model.name, file_path=str(model)
            )
        parent = ParentKey(self.cluster.minio, self._folder)
        consul = self.cluster.consul
        tokens = {"reader": consul.policy_token(_READS), "writer": consul.policy_token(_WRITES)}
        self.cluster.apply(
            *cluster_models.volumes(self.cluster),
            _namespace(NAMESPACE),
            _secret(_CONSUL_SECRET, tokens),
            _secret(_PARENT_SECRET, {"access-key": parent.name, "secret-key": parent.secret}),
        )
        self.put_on()

    def put_on(self) -> None:
        """Installs the chart, or brings the release back to it, and waits until the operators are ready."""
        self.upgrade(CHART)

    def upgrade(self, chart: Path, more: Body | None = None) -> None:
        """Upgrades to a chart, with values besides its own, and waits until the operators are those of it."""
        options = self.helm.options(self.values(), *([more] if more else []))
        self._helm("upgrade", str(chart), "--install", *options)

    def uninstall(self) -> None:
        """Removes it, and waits until nothing is left but what is to stay."""
        self._helm("uninstall", "--ignore-not-found")

    def _helm(self, verb: str, *arguments: str) -> None:
        self.helm(verb, RELEASE, *arguments, f"--namespace={NAMESPACE}", "--wait", "--timeout=5m")

    def values(self) -> Body:
        """Values of the chart for this cluster."""
        here = [{"ipBlock": {"cidr": f"{HERE}/32"}}]
        return {
            "inventory": {"privateNodes": {"key": PRIVATE_LABEL, "value": "private"}, **INVENTORY},
            "tenants": [
                {
                    "namespace": TENANT,
                    "createNamespace": True,
                    "read": [f"s3://{INBOX}/"],
                    "write": [f"s3://{RESULTS}/"],
                }
            ],
            "consul": {
                "address": self.cluster.consul.url,
                "tokenSecret": {"name": _CONSUL_SECRET, "key": "reader"},
                "prefix": _PREFIX,
            },
            "objectStorage": {
                "endpoint": self._storage,
                "workUri": f"s3://{WORK}/",
                "parentKeySecret": _PARENT_SECRET,
            },
            "catalogue": cluster_models.catalogue(),
            "initialPolicy": {"document": POLICY, "tokenSecret": {"name": _CONSUL_SECRET, "key": "writer"}},
            "operator": {
                "replicas": 2,
                "image": _image("operator"),
                "nodeSelector": _ON_PRIVATE_NODES,  # a spot node is no place for it
                "timing": {
                    "placementSeconds": 1,
                    "storageSeconds": 3,
                    "resyncSeconds": 20,
                    "deadPodSeconds": DEAD_POD_SECONDS,
                },
                "resources": {"requests": {"cpu": "100m"}},
            },
            "workers": {
                "image": _image("worker"),
                **dict.fromkeys(("probe", "merge"), _SMALL),
                "swap": _SMALL | {"cpu": "400m"},
                "graceSeconds": GRACE_SECONDS,
                "caches": cluster_models.caches(),
                "env": {"HYBRIDFACE_THREADS": "1"},
            },
            "networkPolicy": {
                **{peer: {"to": here} for peer in ("storage", "consul", "dns")},
                "apiServer": {"to": here, "ports": [int(self.cluster.plane.url.rpartition(":")[2])]},
            },
        }

    def publish_price(self, price: str, *, age: timedelta = timedelta(0)) -> None:
        """A quote for the cloud pool, of now or of an earlier time."""
        quote = {
            "price": price,
            "currency": POLICY["currency"],
            "observedAt": (datetime.now(UTC) - age).isoformat(),
            "source": "test",
        }
        consul = self.cluster.consul
        with urllib3.PoolManager(retries=False, timeout=60) as http:
            answer = http.request(
                "PUT",
                f"{consul.url}/v1/kv/{_PREFIX}/prices/cloud",
                body=json.dumps(quote).encode(),
                headers={"X-Consul-Token": consul.token},
            )
            if answer.status != 200:
                raise RuntimeError(f"Consul refused the price: {answer.status} {answer.data.decode()}")

    def upload(self, folder: Path) -> None:
        """Puts the media of a folder, such as the demo's, into the tenant's inbox."""
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _MEDIA):
            key = path.relative_to(folder).as_posix()
            self.cluster.minio.admin.fput_object(bucket_name=INBOX, object_name=key, file_path=str(path))

    def job(self, name: str) -> Body:
        """A FaceSwapJob as it stands."""
        return self.cluster.get("faceswapjobs", name, namespace=TENANT)


def condition(job: Body, kind: str) -> Body:
    """One of its conditions; empty where there is none."""
    conditions = job.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == kind), {})


def _image(name: str) -> Body:
    return {"repository": reference(name).removesuffix(f":{TAG}"), "tag": TAG}


def _namespace(name: str) -> Body:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _secret(name: str, data: dict[str, str]) -> Body:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
