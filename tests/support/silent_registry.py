"""A node without an image that its pods need, and a registry that takes the pull and never answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from support.cluster_node import Node

_CTR = ("ctr", "--namespace=k8s.io", "images")
_PORT = 80  # an image of the host `localhost` is pulled from here
_SILENT = f"""
import socket
server, held = socket.create_server(("127.0.0.1", {_PORT})), []
while True:
    held.append(server.accept())
"""


@contextmanager
def unpulled(node: Node, image: str) -> Iterator[None]:
    """While it lasts, whoever needs `localhost/...:tag` on the node waits for its pull."""
    kept = f"{image}-kept"
    node.run(*_CTR, "tag", "--force", image, kept)
    node.run(*_CTR, "rm", image)
    registry = node.process("registry", [sys.executable, "-c", _SILENT], lambda: True)
    registry.start()
    try:
        yield
    finally:
        registry.stop()
        node.run(*_CTR, "tag", "--force", kept, image)
        node.run(*_CTR, "rm", kept)
