"""Attempts, pools and settings as the tests of the control plane's objects want them."""

from __future__ import annotations

from dataclasses import replace

from hybridface_operator.manifests.attempt import AttemptRef, JobContext
from hybridface_operator.manifests.settings import PodSettings, StoreAccess
from hybridface_operator.policy.inventory import Inventory, Nodes, Pool, PrivateLabel, Toleration
from hybridface_operator.policy.types import Sensitivity
from hybridface_worker.contract.spec import JobRef

UID = "4f6f0a52-91f5-4c2e-8d5f-2b3b6a1d2c11"
JOB = JobRef(namespace="studio", name="spring-campaign", uid=UID)
PRIVATE = PrivateLabel(key="node-restriction.kubernetes.io/hybridface-private", value="true")
DIGEST = "sha256:" + "ab" * 32

PRIVATE_POOL = Pool(
    name="private",
    kind="private",
    max_gpus=8,
    gpus_per_node=2,
    node_selector={"gpu": "a10", PRIVATE.key: PRIVATE.value},
    cpu=Nodes(node_selector={"role": "cpu"}, tolerations=(Toleration(key="cpu-only", operator="Exists"),)),
)
SPOT_POOL = Pool(
    name="aws-spot",
    kind="cloud",
    capacity="spot",
    provider="aws",
    region="eu-central-1",
    instance_type="g4dn.xlarge",
    max_gpus=64,
    autoscaled=True,
    gpu_resource="nvidia.com/mig-1g.10gb",
    node_selector={"topology.kubernetes.io/region": "eu-central-1", "node.kubernetes.io/instance-type": "g4dn.xlarge"},
    tolerations=(
        Toleration(key="spot", value="true", effect="NoSchedule"),
        Toleration(key="reclaim", operator="Exists", effect="NoExecute", toleration_seconds=60),
    ),
    queue_name="spot",
)
INVENTORY = Inventory(private_nodes=PRIVATE, pools=(PRIVATE_POOL, SPOT_POOL))
SETTINGS = PodSettings(
    image="registry.example/hybridface-worker:1.0.0", store=StoreAccess(endpoint="https://minio.storage:9000")
)
CONTEXT = JobContext(job=JOB, sensitivity=Sensitivity.INTERNAL, priority="normal")
ATTEMPT = AttemptRef(
    number=3,
    phase="swap",
    pool="private",
    shards=6,
    parallelism=3,
    task=f"s3://work/c1/jobs/{UID}/attempts/000003.json",
)


def context(**changes) -> JobContext:
    """The job's context, changed."""
    return replace(CONTEXT, **changes)


def attempt(**changes) -> AttemptRef:
    """The attempt, changed."""
    return replace(ATTEMPT, **changes)
