"""Runs the whole control plane by hand: the servers of `cluster_lite.py`, an operator, a tenant, and two nodes.

Their kubelets are played: pods get a node and their worker runs as a process of this machine, but no container does.
The nodes are `private-0` and `cloud-0`, with a GPU each that nothing uses. It runs until Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from build_tools import built
from cluster_lite import end_on_signals, run
from support import consul_server, control_plane, minio_server
from support.estate import Estate, estate

NAMESPACE, HOME = "studio", "hybridface-system"
PREFIX = "hybridface"
EXAMPLES = Path(__file__).parents[1] / "examples" / "cluster"
_MEDIA = {".png", ".jpg", ".webp", ".mp4"}


@contextmanager
def studio(folder: Path, inputs: Path) -> Iterator[dict[str, str]]:
    """All of it, with its data below the folder and the inputs uploaded; and the environment that reaches it."""
    with ExitStack() as stack:
        folders = {name: folder / name for name in ("minio", "consul", "plane", "estate")}
        for own in folders.values():
            own.mkdir()
        minio = stack.enter_context(minio_server.running(folders["minio"]))
        consul = stack.enter_context(consul_server.running(folders["consul"]))
        plane = stack.enter_context(control_plane.running(folders["plane"]))
        home = stack.enter_context(estate(plane, consul, minio, folders["estate"], PREFIX))
        _move_in(home, inputs)
        yield {
            "PATH": f"{Path(sys.executable).parent}:{built('kubernetes', 'kubectl').parent}:$PATH",
            "KUBECONFIG": str(plane.kubeconfig),
            "HYBRIDFACE_CONSUL_ADDRESS": consul.url,
            "HYBRIDFACE_CONSUL_TOKEN": consul.token,
            "HYBRIDFACE_S3_ENDPOINT": f"http://{minio.settings.endpoint}",
            "HYBRIDFACE_S3_ACCESS_KEY": minio_server.ACCESS_KEY,
            "HYBRIDFACE_S3_SECRET_KEY": minio_server.SECRET_KEY,
            "HYBRIDFACE_HEALTH": f"http://127.0.0.1:{home.operator.health_port}",
        }


def _move_in(home: Estate, inputs: Path) -> None:
    """Gives it the names that a reader expects, what it works on, and its nodes; starts operator and kubelets."""
    home.namespace, home.home = NAMESPACE, HOME
    home.inbox, home.results, home.work = (home.minio.bucket(name) for name in ("inbox", "results", "work"))
    for path in sorted(path for path in inputs.rglob("*") if path.suffix in _MEDIA):
        home.upload(home.inbox, path.relative_to(inputs).as_posix(), path)
    inventory, policy = (yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text()) for name in ("inventory", "policy"))
    home.prepare(inventory, policy)
    home.node("private-0", "private")
    home.node("cloud-0", "aws-spot")
    home.kubelets.start()
    home.start_operator()


def main(arguments: list[str] | None = None) -> int:
    """Runs until it is interrupted or terminated. Exit status 2 where there is nothing to work on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("inputs", type=Path, nargs="?", default=Path("demo/in"), help="uploaded (default: demo/in)")
    inputs: Path = parser.parse_args(arguments).inputs
    if not inputs.is_dir():
        print(f"{inputs} is not there: make it with `python scripts/prepare_demo.py`", file=sys.stderr)
        return 2
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="control-plane-") as folder, studio(Path(folder), inputs) as environment:
        run(environment)
    return 0


if __name__ == "__main__":
    sys.exit(main())
