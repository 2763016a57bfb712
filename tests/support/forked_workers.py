"""Workers forked from a process that has imported the worker already, for jobs that a test runs in its own process.

Importing the worker costs more than most shards of these tests do. A server imports it once and forks for each shard;
arguments, environment, output, signals and exit status are a process's own.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from hybridface_worker.parent import die_with_parent

TESTS = Path(__file__).parents[1]
TIED = "--die-with-parent"


def forked_workers() -> tuple[str, ...]:
    """What `LocalSettings.command` may be in this process."""
    return forked_by(fork_server())


def forked_by(address: str) -> tuple[str, ...]:
    """What it may be in any process: a worker is forked by the server there."""
    return (sys.executable, "-I", "-S", str(TESTS / "support" / "fork_client.py"), address)


@cache
def fork_server() -> str:
    """The address of a server, which ends with the tests."""
    folder = Path(tempfile.mkdtemp(prefix="forks-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = str(folder / "socket")
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    server = subprocess.Popen(
        [sys.executable, "-m", "support.forked_workers", address, str(os.getpid())],
        env=environment,
        stdout=subprocess.PIPE,
    )
    atexit.register(_end, server)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    return address


def _end(server: subprocess.Popen[bytes]) -> None:
    server.kill()
    server.communicate()


def serve(address: str, tests: int) -> None:
    """Forks for each request, until it is killed or the tests' process, whose id is given, has ended."""
    import_module("hybridface_worker.cli")
    die_with_parent(tests)
    server = os.getpid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that mind workers
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(64)
        os.write(1, b"ready\n")
        while True:
            client, _ = listener.accept()
            with client:
                request, fds, _, _ = socket.recv_fds(client, 2**20, 2)
                if os.fork() == 0:
                    listener.close()
                    die_with_parent(server)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    _mind(client, request, fds)
                    os._exit(0)
                for fd in fds:
                    os.close(fd)


def _mind(client: socket.socket, request: bytes, fds: list[int]) -> None:
    """Starts the worker, hands on what the client wants of it, and tells the client how it ended."""
    minder, asked = os.getpid(), json.loads(request)
    waited: list[Any] = [client]
    if asked["arguments"][0] == TIED:  # not to its parent, which is this process
        _, tied_to, *asked["arguments"] = asked["arguments"]
        try:
            waited.append(os.pidfd_open(int(tied_to)))
        except ProcessLookupError:
            return
    worker = os.fork()
    if worker == 0:
        client.close()
        _work(asked, fds, minder)
    waited.append(ended := os.pidfd_open(worker))
    while ended not in (ready := select.select(waited, [], [])[0]):
        stop = client.recv(16) if ready == [client] else b""
        os.kill(worker, signal.SIGTERM if stop else signal.SIGKILL)
        if not stop:  # the client has been killed, or whom it was tied to
            break
    _, status = os.waitpid(worker, 0)
    with suppress(BrokenPipeError):
        client.send(os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))


def _work(asked: dict[str, Any], fds: list[int], minder: int) -> NoReturn:
    from hybridface_worker.cli import main

    die_with_parent(minder)
    for fd, stream in zip([os.open(os.devnull, os.O_RDONLY), *fds], (0, 1, 2), strict=True):
        os.dup2(fd, stream)
        os.close(fd)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.exit(main(asked["arguments"]))


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
