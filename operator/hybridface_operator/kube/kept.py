"""What outlives the operator's process, in ConfigMaps of its namespace: the last good policy, what was learned."""

from __future__ import annotations

import structlog

from hybridface_operator.manifests.config import POLICY_NAME, STATE_NAME, OperatorState, remembered_state
from hybridface_worker.contract.document import DocumentError

from .api import Body, ClusterApi, Kind
from .errors import KubeConflict

log = structlog.get_logger()


class ConfigMapMemory:
    """The last good policy, kept in a ConfigMap of the operator's namespace, readable with kubectl."""

    _KEY = "policy.json"

    def __init__(self, cluster: ClusterApi, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace

    async def recall(self) -> bytes | None:
        """The document kept last, None where there is none. Raises KubeError."""
        found = await self._cluster.get(Kind.CONFIG_MAP, self._namespace, POLICY_NAME)
        text = (found or {}).get("data", {}).get(self._KEY)
        return text.encode() if text else None

    async def keep(self, document: bytes) -> None:
        """Replaces it. Raises KubeError."""
        metadata = {"name": POLICY_NAME, "namespace": self._namespace}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {self._KEY: document.decode()}}
        await replace_config_map(self._cluster, body)


async def recall_state(cluster: ClusterApi, namespace: str) -> OperatorState:
    """What was learned in earlier lives; nothing where it cannot be read. Raises KubeError."""
    found = await cluster.get(Kind.CONFIG_MAP, namespace, STATE_NAME)
    if found is None:
        return OperatorState()
    try:
        return remembered_state(found)
    except DocumentError as error:
        log.warning("state.not_recalled", why=str(error))
        return OperatorState()


async def replace_config_map(cluster: ClusterApi, body: Body) -> None:
    """Replaces a ConfigMap whatever is in it: there is one operator. Raises KubeError."""
    metadata = body["metadata"]
    there = await cluster.get(Kind.CONFIG_MAP, metadata["namespace"], metadata["name"])
    if there is not None:
        body = {**body, "metadata": {**metadata, "resourceVersion": there["metadata"]["resourceVersion"]}}
    try:
        await cluster.put(Kind.CONFIG_MAP, body)
    except KubeConflict as error:
        log.warning("config.conflict", name=metadata["name"], why=str(error))
        raise
