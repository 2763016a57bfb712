"""What is compared with: a kopf handler that creates one Job for each FaceSwapJob, and does nothing else."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import kopf

from hybridface_operator.kube.cluster import Cluster
from hybridface_operator.kube.settings import KubeSettings


async def main(expected: int) -> None:
    """Prints the seconds from the first event to the last Job."""
    registry, done, began = kopf.OperatorRegistry(), [0], [0.0]
    stop = asyncio.Event()
    async with Cluster(KubeSettings(kubeconfig=Path(os.environ["KUBECONFIG"]))) as cluster:

        @kopf.on.event("hybridface.dev", "v1alpha1", "faceswapjobs", registry=registry)
        async def create(body: kopf.Body, **_: Any) -> None:
            began[0] = began[0] or time.monotonic()
            await cluster.create_job(job(body))
            done[0] += 1
            if done[0] == expected:
                sys.stdout.write(f"{time.monotonic() - began[0]}\n")
                stop.set()

        @kopf.on.login(registry=registry)
        async def log_in(settings: kopf.OperatorSettings, **_: Any) -> Any:
            return kopf.login_with_kubeconfig(settings=settings)

        settings = kopf.OperatorSettings()
        settings.posting.enabled = False
        settings.scanning.disabled = True
        await kopf.operator(registry=registry, settings=settings, standalone=True, clusterwide=True, stop_flag=stop)


def job(owner: Any) -> dict[str, Any]:
    """The least Job there can be, which makes no pod."""
    metadata = owner["metadata"]
    reference = {name: owner[name] for name in ("apiVersion", "kind")}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"bare-{metadata['name']}",
            "namespace": metadata["namespace"],
            "ownerReferences": [{**reference, "name": metadata["name"], "uid": metadata["uid"], "controller": True}],
        },
        "spec": {
            "suspend": True,
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "worker", "image": "registry.test/none"}]}
            },
        },
    }


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
