"""What is compared with: a kopf handler that creates one Job for each FaceSwapJob, and does nothing else.

`bare_handler.py COUNT NAME [--suspended]`: the Jobs' names begin with NAME; suspended ones get no pods.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import kopf

from hybridface_operator.kube.cluster import Cluster
from hybridface_operator.kube.settings import KubeSettings


async def main(expected: int, prefix: str, *, suspended: bool) -> None:
    """Says `began` at the first event, and then the seconds from there to the last Job and its own CPU meanwhile."""
    registry, done, began = kopf.OperatorRegistry(), [0], [0.0, 0.0]
    stop = asyncio.Event()
    async with Cluster(KubeSettings(kubeconfig=Path(os.environ["KUBECONFIG"]))) as cluster:

        @kopf.on.event("hybridface.dev", "v1alpha1", "faceswapjobs", registry=registry)
        async def create(body: kopf.Body, **_: Any) -> None:
            if not began[0]:
                began[:] = time.monotonic(), time.process_time()
                say({"began": True})
            await cluster.create_job(job(body, prefix, suspended=suspended))
            done[0] += 1
            if done[0] == expected:
                say({"seconds": time.monotonic() - began[0], "cpu_ms": 1000 * (time.process_time() - began[1])})
                stop.set()

        @kopf.on.login(registry=registry)
        async def log_in(settings: kopf.OperatorSettings, **_: Any) -> Any:
            return kopf.login_with_kubeconfig(settings=settings)

        settings = kopf.OperatorSettings()
        settings.posting.enabled = False
        settings.scanning.disabled = True
        await kopf.operator(registry=registry, settings=settings, standalone=True, clusterwide=True, stop_flag=stop)


def say(what: dict[str, Any]) -> None:
    """One line, at once."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def job(owner: Any, prefix: str, *, suspended: bool) -> dict[str, Any]:
    """The least Job there can be: one pod, or none as long as it is suspended."""
    metadata = owner["metadata"]
    reference = {name: owner[name] for name in ("apiVersion", "kind")}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{prefix}-{metadata['name']}",
            "namespace": metadata["namespace"],
            "ownerReferences": [{**reference, "name": metadata["name"], "uid": metadata["uid"], "controller": True}],
        },
        "spec": {
            "suspend": suspended,
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "worker", "image": "registry.test/none"}]}
            },
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("name")
    parser.add_argument("--suspended", action="store_true")
    options = parser.parse_args()
    asyncio.run(main(options.count, options.name, suspended=options.suspended))
