"""Runs the servers of the integration tests by hand: a control plane without nodes, Consul and MinIO, on loopback.

It prints what a shell needs to reach them, runs until Ctrl-C, and leaves nothing behind.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from build_tools import built
from support import consul_server, control_plane, minio_server

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """All servers, with their data below the folder, and the environment that reaches them."""
    with ExitStack() as stack:
        folders = {name: folder / name for name in ("minio", "consul", "plane")}
        for own in folders.values():
            own.mkdir()
        minio = stack.enter_context(minio_server.running(folders["minio"]))
        consul = stack.enter_context(consul_server.running(folders["consul"]))
        plane = stack.enter_context(control_plane.running(folders["plane"]))
        yield {
            "PATH": f"{built('kubernetes', 'kubectl').parent}:$PATH",
            "KUBECONFIG": str(plane.kubeconfig),
            "CONSUL_HTTP_ADDR": consul.address,
            "CONSUL_HTTP_TOKEN": consul.token,
            "HYBRIDFACE_S3_ENDPOINT": f"http://{minio.settings.endpoint}",
            "HYBRIDFACE_S3_ACCESS_KEY": minio_server.ACCESS_KEY,
            "HYBRIDFACE_S3_SECRET_KEY": minio_server.SECRET_KEY,
        }


def run(environment: Mapping[str, str]) -> None:
    """Shows how to reach what runs, and waits for a signal."""
    for name, value in environment.items():
        print(f"export {name}={value}")
    print("# Running. Ctrl-C ends everything.", flush=True)
    while True:
        signal.pause()


def end_on_signals() -> None:
    """From now on a signal ends the program in good order."""
    for number in SIGNALS:
        signal.signal(number, _end)


def _end(*_: object) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # ending takes a moment: once is enough
    sys.exit()


def main() -> None:
    """Runs until it is interrupted or terminated."""
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="cluster-lite-") as folder, cluster(Path(folder)) as environment:
        run(environment)


if __name__ == "__main__":
    main()
