"""Settings of worker pods, from chart values: image, sizes, storage, caches. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hybridface_operator.policy.inventory import LabelKey, Labels
from hybridface_operator.policy.types import Environment, Priority
from hybridface_operator.spec.labels import Phase
from hybridface_operator.spec.types import SUBDOMAIN
from hybridface_worker.contract.document import Part

Quantity = Annotated[
    str,
    Field(
        max_length=32, pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$", json_schema_extra={"format": "quantity"}
    ),
]
"""An amount as Kubernetes writes it: `500m`, `16Gi`."""
ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=SUBDOMAIN)]
Annotations = Annotated[dict[LabelKey, str], Field(max_length=32)]
ImageReference = Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^[^\s]+$")]


class Amounts(Part):
    """What a container gets: requested and limited alike, so that its pod is the last to be evicted."""

    cpu: Quantity = "4"
    """Processor cores."""
    memory: Quantity = "8Gi"
    """Memory."""
    ephemeral_storage: Quantity = "20Gi"
    """Disk: scratch, logs, and the models where their cache is an emptyDir."""


class EmptyDirCache(Part):
    """Models are fetched anew by every pod."""

    kind: Literal["emptyDir"] = "emptyDir"
    """Tells the kinds apart."""
    size_limit: Quantity = "10Gi"
    """What they may take."""


class ClaimCache(Part):
    """Models are kept in a volume that all pods of the namespace in this trust zone share."""

    kind: Literal["persistentVolumeClaim"]
    """Tells the kinds apart."""
    claim: ObjectName
    """The claim's name, in every tenant's namespace; ReadWriteMany."""


class ImageCache(Part):
    """Models come in an OCI image, mounted read-only."""

    kind: Literal["image"]
    """Tells the kinds apart."""
    reference: ImageReference
    """The image, best by digest."""


Cache = Annotated[EmptyDirCache | ClaimCache | ImageCache, Field(discriminator="kind")]


class Caches(Part):
    """Where models are kept, by trust zone: what a cloud node could write is never read on a private one."""

    private: Cache = EmptyDirCache()
    """Of pods on private pools."""
    cloud: Cache = EmptyDirCache()
    """Of pods on cloud pools."""

    def of(self, kind: Literal["private", "cloud"]) -> Cache:
        """Of pods on pools of that kind."""
        return self.private if kind == "private" else self.cloud

    @model_validator(mode="after")
    def _zones_apart(self) -> Self:
        if isinstance(self.private, ClaimCache) and self.private == self.cloud:
            raise ValueError(
                f"claim {self.private.claim}: private and cloud pods may not share a cache; name two claims"
            )
        return self


class StoreAccess(Part):
    """How workers reach the object store."""

    endpoint: Annotated[str, Field(min_length=8, max_length=512, pattern=r"^https?://[^\s/@]+$")]
    """`https://host:port`."""
    region: Annotated[str, Field(max_length=63)] = "us-east-1"
    """Region."""
    ca_config_map: ObjectName | None = None
    """A ConfigMap in every tenant's namespace whose `ca.crt` is to be trusted instead of the usual certificates."""


class PodSettings(Part):
    """Everything that is said of worker pods."""

    image: ImageReference
    """The worker's image, for Probe; the plan freezes the digest for what follows."""
    image_pull_secrets: Annotated[tuple[ObjectName, ...], Field(max_length=8)] = ()
    """Secrets of the tenant's namespace that open the registry."""
    service_account: ObjectName = "hybridface-worker"
    """Whom pods run as; no token of it is mounted."""
    priority_class_prefix: Annotated[str, Field(max_length=200, pattern=r"^[a-z0-9][a-z0-9.-]*$")] = "hybridface-"
    """A job's priority behind it names the priority class."""
    store: StoreAccess
    """How workers reach the object store."""
    caches: Caches = Caches()
    """Where models are kept."""
    probe: Amounts = Amounts(cpu="2", memory="4Gi")
    """What a Probe pod gets."""
    swap: Amounts = Amounts()
    """What a Swap pod gets, beside its GPU."""
    merge: Amounts = Amounts(cpu="2", memory="4Gi")
    """What a Merge pod gets."""
    grace_seconds: Annotated[int, Field(ge=1, le=3600)] = 120
    """For how long a pod that has to go may finish the chunk in hand."""
    retries_per_shard: Annotated[int, Field(ge=0, le=10)] = 3
    """Failures of a shard within one attempt; what is left of it then is dealt out anew."""
    job_labels: Annotated[tuple[LabelKey, ...], Field(max_length=16)] = ()
    """Keys of the labels of a FaceSwapJob that its Jobs and pods carry too, such as those that costs are shared by."""
    pod_labels: Labels = {}
    """Labels of every Job and pod; of two of one key it is this one that they carry."""
    pod_annotations: Annotations = {}
    """Annotations of every pod, such as what keeps a service mesh out of it."""
    env: Environment = {}
    """Further settings of workers, such as `HYBRIDFACE_BATCH`."""

    def amounts(self, phase: Phase) -> Amounts:
        """What a pod of the phase gets."""
        return {"probe": self.probe, "swap": self.swap, "merge": self.merge}[phase]

    def labels(self, job: Mapping[str, str]) -> dict[str, str]:
        """Labels of the Jobs and pods of a FaceSwapJob that has these labels, besides those that the operator needs."""
        return {key: job[key] for key in self.job_labels if key in job} | self.pod_labels

    def priority_class(self, priority: Priority) -> str:
        """The name of the priority class."""
        return f"{self.priority_class_prefix}{priority}"
