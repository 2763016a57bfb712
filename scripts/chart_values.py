"""The chart's values as models, from which values.schema.json is written: what the operator reads keeps its own types.

No field of the chart has a default here: defaults stand in values.yaml, and a value that was set to null is missing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.alias_generators import to_camel

from hybridface_operator.manifests.settings import Annotations, ImageReference, ObjectName, Quantity
from hybridface_operator.policy.inventory import LabelKey, Labels, Pool, PrivateLabel, Toleration
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.tenants import Grant
from hybridface_operator.policy.types import Environment
from hybridface_operator.rounds.timing import Timing as OperatorTiming
from hybridface_operator.spec.types import LABEL_KEY, MODEL_NAME
from hybridface_worker.contract.catalogue import CatalogueEntry
from hybridface_worker.contract.document import Part

Port = Annotated[int, Field(ge=1, le=65535)]
MaybeName = Annotated[str, Field(max_length=253, pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$")]
MaybeAddress = Annotated[str, Field(max_length=512, pattern=r"^(https?://[^\s/@]+)?$")]
MaybeQuantity = Annotated[str, Field(max_length=32, pattern=r"^([0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?)?$")]
Names = Annotated[list[ObjectName], Field(max_length=8)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
TimingName = Annotated[str, Field(pattern=f"^({'|'.join(map(to_camel, vars(OperatorTiming())))})$")]
"""As the operator has them."""
Bucket = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]
Pem = Annotated[str, Field(max_length=500_000, pattern=r"^\s*$|-----BEGIN CERTIFICATE-----")]
Peers = Annotated[list[dict[Literal["ipBlock", "namespaceSelector", "podSelector"], dict[str, Any]]], Field()]
"""NetworkPolicyPeers, as Kubernetes has them."""


class Image(Part):
    repository: ImageReference
    tag: Annotated[str, Field(max_length=128, pattern=r"^[\w.-]*$")]
    digest: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]


class PulledImage(Image):
    pull_policy: Literal["Always", "IfNotPresent", "Never"]


class Enabled(Part):
    enabled: bool


class Amounts(Part):
    cpu: Quantity
    memory: Quantity
    ephemeral_storage: Quantity


class Resources(Part):
    requests: dict[Literal["cpu", "memory", "ephemeral-storage"], Quantity]
    limits: dict[Literal["cpu", "memory", "ephemeral-storage"], Quantity]


class Operator(Part):
    replicas: Annotated[int, Field(ge=0, le=5)]
    image: PulledImage
    image_pull_secrets: Names
    concurrency: Annotated[int, Field(ge=1, le=64)]
    allow_private_webhooks: bool
    timing: dict[TimingName, Seconds]
    env: Environment
    port: Port
    resources: Resources
    pod_disruption_budget: Enabled
    priority_class_name: MaybeName
    node_selector: Labels
    tolerations: Annotated[list[Toleration], Field(max_length=16)]
    affinity: dict[str, Any]
    topology_key: Annotated[str, Field(pattern=rf"^$|{LABEL_KEY}")]
    pod_labels: Labels
    pod_annotations: Annotations
    service_account_annotations: Annotations
    termination_grace_period_seconds: Annotated[int, Field(ge=1, le=600)]


class NewClaim(Part):
    size: MaybeQuantity
    storage_class_name: MaybeName


class Cache(Part):
    kind: Literal["emptyDir", "persistentVolumeClaim", "image"]
    size_limit: Quantity
    claim: MaybeName
    create: NewClaim
    reference: Annotated[str, Field(max_length=1024, pattern=r"^[^\s]*$")]


class Caches(Part):
    private: Cache
    cloud: Cache


class Workers(Part):
    image: Image
    image_pull_secrets: Names
    caches: Caches
    probe: Amounts
    swap: Amounts
    merge: Amounts
    grace_seconds: Annotated[int, Field(ge=1, le=3600)]
    retries_per_shard: Annotated[int, Field(ge=0, le=10)]
    job_labels: Annotated[list[LabelKey], Field(max_length=16)]
    pod_labels: Labels
    pod_annotations: Annotations
    env: Environment


class ChartInventory(Part):
    private_nodes: PrivateLabel
    pools: Annotated[list[Pool], Field(min_length=1, max_length=32)]


class Tenant(Grant):
    create_namespace: bool = False
    """Whether the chart makes the namespace, with Pod Security `restricted` enforced."""


class SecretKey(Part):
    name: MaybeName
    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$")]


class Consul(Part):
    address: MaybeAddress
    token_secret: SecretKey
    client_cert_secret: MaybeName
    ca: Pem
    datacenter: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")]
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")]


class Sts(Part):
    endpoint: MaybeAddress
    duration_seconds: Annotated[int, Field(ge=3600, le=604_800)]


class ObjectStorage(Part):
    endpoint: MaybeAddress
    region: Annotated[str, Field(min_length=1, max_length=63)]
    ca: Pem
    work_uri: Annotated[str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([^*?$%\s]+/)?$")]
    parent_key_secret: MaybeName
    sts: Sts


class InitialPolicy(Part):
    document: Policy | Annotated[dict[str, Any], Field(max_length=0)]
    token_secret: SecretKey


class PriorityValues(Part):
    low: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    normal: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    high: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    urgent: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class PriorityClasses(Part):
    create: bool
    prefix: Annotated[str, Field(max_length=200, pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    preemption_policy: Literal["Never", "PreemptLowerPriority"]
    values: PriorityValues


class PeersAndPorts(Part):
    to: Peers
    ports: Annotated[list[Port], Field(min_length=1, max_length=8)]


class Destination(Part):
    to: Peers
    ports: Annotated[list[Port], Field(max_length=8)]


class Origin(Part):
    from_: Annotated[Peers, Field(alias="from")]


class NetworkPolicy(Part):
    enabled: bool
    tenant_default_deny: bool
    storage: Destination
    consul: Destination
    api_server: PeersAndPorts
    dns: PeersAndPorts
    webhooks: PeersAndPorts
    metrics: Origin


class ServiceMonitor(Part):
    enabled: bool
    interval: Annotated[str, Field(pattern=r"^[0-9]+(ms|s|m)$")]
    labels: Labels


class PrometheusRule(Part):
    enabled: bool
    labels: Labels
    price_stale_seconds: Annotated[int, Field(ge=1)]


class Dashboard(Part):
    enabled: bool
    labels: Labels


class Metrics(Part):
    service_monitor: ServiceMonitor
    prometheus_rule: PrometheusRule
    dashboard: Dashboard


class TrialServer(Part):
    enabled: bool
    image: PulledImage
    volume_size: MaybeQuantity
    resources: Resources


class TrialMinio(TrialServer):
    buckets: Annotated[list[Bucket], Field(max_length=32)]


class Trial(Part):
    consul: TrialServer
    minio: TrialMinio


class Values(Part):
    name_override: MaybeName
    fullname_override: MaybeName
    cluster: Annotated[str, Field(max_length=63, pattern=r"^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$")]
    scope: Literal["cluster", "namespaces"]
    inventory: ChartInventory
    tenants: Annotated[list[Tenant], Field(max_length=1000)]
    catalogue: dict[Annotated[str, Field(max_length=64, pattern=MODEL_NAME)], CatalogueEntry]
    consul: Consul
    object_storage: ObjectStorage
    initial_policy: InitialPolicy
    operator: Operator
    workers: Workers
    crds: Enabled
    user_roles: Enabled
    admission: Enabled
    priority_classes: PriorityClasses
    network_policy: NetworkPolicy
    metrics: Metrics
    trial: Trial
    global_: Annotated[dict[str, Any] | None, Field(alias="global")] = None
    """Helm's own, where the chart is a part of another."""
