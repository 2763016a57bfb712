"""Stands where a worker's process would: has a server fork one, and ends as that one does. See forked_workers.py.

Run without site-packages, as `python -I -S fork_client.py SOCKET ARGUMENT...`, so that it is there at once.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def main(address: str, *arguments: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(address)
        signal.signal(signal.SIGTERM, lambda *_: server.send(b"stop"))
        request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109 - pathlib costs milliseconds here
        socket.send_fds(server, [json.dumps(request).encode()], [1, 2])
        said = server.recv(4)
    status = int.from_bytes(said, signed=True) if said else -signal.SIGKILL  # nobody is left who could say it
    if status < 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
