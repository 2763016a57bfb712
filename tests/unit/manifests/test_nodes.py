from __future__ import annotations

import pytest

from hybridface_operator.manifests.nodes import scheduling
from hybridface_operator.policy.inventory import Nodes
from hybridface_operator.policy.types import Sensitivity
from support.attempts import INVENTORY, PRIVATE_POOL

GPU_NODES = PRIVATE_POOL.model_copy(update={"runtime_class_name": "nvidia", "cpu": None})
BOTH = GPU_NODES.model_copy(update={"cpu": Nodes(node_selector=PRIVATE_POOL.node_selector)})
SANDBOXED = GPU_NODES.model_copy(update={"cpu": Nodes(runtime_class_name="gvisor")})


@pytest.mark.parametrize(
    ("pool", "phase", "runtime"),
    [
        (GPU_NODES, "swap", "nvidia"),
        (GPU_NODES, "probe", "nvidia"),
        (BOTH, "swap", "nvidia"),
        (BOTH, "merge", None),
        (SANDBOXED, "merge", "gvisor"),
        (PRIVATE_POOL, "swap", None),
    ],
)
def test_pods_run_by_the_runtime_of_the_nodes_that_they_are_for(pool, phase, runtime):
    fields = scheduling(pool, phase, Sensitivity.INTERNAL, INVENTORY)
    assert fields.get("runtimeClassName") == runtime
    assert ("runtimeClassName" in fields) == (runtime is not None)
