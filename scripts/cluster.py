"""A real cluster on this machine, to work with: `cluster.py up` starts it, `cluster.py down` ends it. Needs root.

HybridFace is installed with its tenant `studio`, and the inputs of examples/demo-cluster.yaml are in object storage.
The cluster runs in the background, and whatever way it ends, `down` leaves nothing of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from build_images import PRODUCTS
from build_tools import built
from cluster_lite import end_on_signals
from cluster_packages import lacks_packages
from prepare_demo import prepare
from support import minio_server
from support.cluster import Cluster, running
from support.cluster_release import Release
from support.cluster_state import STATE, ClusterInUse, take_down

_ENVIRONMENT = STATE / "environment"
_LOG = STATE.with_name("cluster.log")
_LAST_OF_LOG = 4000
_PRICE = "0.20"


def up() -> int:
    """Starts it, waits until it can be used, and says how."""
    problem = "needs root: nodes are namespaces" if os.geteuid() != 0 else lacks_packages()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    _LOG.parent.mkdir(parents=True, exist_ok=True)
    print("Building what is not built yet, then starting.", flush=True)
    with _LOG.open("wb") as log:
        serving = subprocess.Popen(
            [sys.executable, __file__, "serve"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while serving.poll() is None:
        if _ENVIRONMENT.is_file():
            print(_ENVIRONMENT.read_text(encoding="utf-8"), end="")
            return 0
        time.sleep(0.2)
    print(_LOG.read_text(encoding="utf-8", errors="replace")[-_LAST_OF_LOG:], file=sys.stderr)
    return 1


def down() -> int:
    """Ends it, and removes what is left of one that was killed."""
    ended = take_down()
    _LOG.unlink(missing_ok=True)
    print("The cluster is down." if ended else "No cluster runs, and nothing of one is left.")
    return 0


def serve() -> int:
    """Runs it until it is told to end."""
    end_on_signals()
    try:
        with running(PRODUCTS) as cluster:
            release = Release(cluster)
            release.install()
            inputs = cluster.folder / "demo"
            prepare(inputs)
            release.upload(inputs)
            release.publish_price(_PRICE)
            _say(cluster)
            while True:
                signal.pause()
    except ClusterInUse as error:
        print(error, file=sys.stderr)
        return 1


def _say(cluster: Cluster) -> None:
    variables = {
        "PATH": f"{built('kubernetes', 'kubectl').parent}:{built('helm').parent}:$PATH",
        "KUBECONFIG": cluster.plane.kubeconfig,
        "CONSUL_HTTP_ADDR": cluster.consul.address,
        "CONSUL_HTTP_TOKEN": cluster.consul.token,
        "HYBRIDFACE_S3_ENDPOINT": f"http://{cluster.minio.settings.endpoint}",
        "HYBRIDFACE_S3_ACCESS_KEY": minio_server.ACCESS_KEY,
        "HYBRIDFACE_S3_SECRET_KEY": minio_server.SECRET_KEY,
    }
    lines = [f"export {name}={value}" for name, value in variables.items()]
    usage = [
        "# kubectl apply -f examples/demo-cluster.yaml && kubectl -n studio get fsj -w",
        "# make cluster-down ends it.",
    ]
    text = "\n".join([*lines, *usage]) + "\n"
    written = Path(f"{_ENVIRONMENT}.new")
    written.write_text(text, encoding="utf-8")
    written.rename(_ENVIRONMENT)


def main(arguments: list[str]) -> int:
    """Does what is asked. Exit status 2 where that is nothing it knows."""
    commands = {"up": up, "down": down, "serve": serve}
    if len(arguments) != 1 or arguments[0] not in commands:
        print("cluster.py up | down", file=sys.stderr)
        return 2
    return commands[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
