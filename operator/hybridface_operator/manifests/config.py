"""What the operator remembers across restarts, as ConfigMaps of its own namespace: names, and the decisions' state."""

from __future__ import annotations

import gzip
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from hybridface_operator.policy.types import PoolName
from hybridface_operator.routing.facts import Breaker, Gate
from hybridface_worker.contract.document import DocumentError, Report
from hybridface_worker.contract.fields import Time

POLICY_NAME = "hybridface-last-good-policy"
"""Where the last good policy is kept."""
STATE_NAME = "hybridface-state"
_STATE_KEY = "state.json.gz"


class OperatorState(Report):
    """What decisions rest on and nothing else remembers."""

    breakers: dict[PoolName, Breaker] = {}
    """Pools that were tripped."""
    rates: dict[PoolName, dict[str, Annotated[float, Field(gt=0)]]] = {}
    """Measured frames per GPU-second, by pool and model set."""
    failing_since: dict[str, dict[PoolName, dict[Gate, Time]]] = {}
    """By the job's uid: since when each pool has failed which gate for it."""


def state_config_map(namespace: str, state: OperatorState) -> dict[str, Any]:
    """The state, compressed: an object holds 1 MiB, and there may be thousands of jobs."""
    packed = gzip.compress(state.to_bytes(), mtime=0)
    return _config_map(namespace, STATE_NAME) | {"binaryData": {_STATE_KEY: b64encode(packed).decode()}}


def remembered_state(config_map: Mapping[str, Any]) -> OperatorState:
    """The state in a ConfigMap. Raises DocumentError."""
    where = f"ConfigMap {STATE_NAME}"
    try:
        data = gzip.decompress(b64decode(config_map["binaryData"][_STATE_KEY], validate=True))
    except (KeyError, TypeError):
        raise DocumentError(where, [f"binaryData.{_STATE_KEY} is missing"]) from None
    except (ValueError, OSError, EOFError) as error:
        raise DocumentError(where, [f"binaryData.{_STATE_KEY}: {error}"]) from None
    return OperatorState.from_bytes(data, where)


def _config_map(namespace: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}
