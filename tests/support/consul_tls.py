"""A real Consul that is spoken to over HTTPS by who has a certificate of its authority; its plain port is for tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from build_tools import built
from support.consul_server import ConsulServer
from support.processes import HOST, free_port

_FILES = {
    "ca": "consul-agent-ca",
    "cert": "dc1-server-consul-0",
    "key": "dc1-server-consul-0-key",
    "client_cert": "dc1-client-consul-0",
    "client_key": "dc1-client-consul-0-key",
}


class TlsConsulServer(ConsulServer):
    """A server with an authority of its own."""

    def __init__(self, folder: Path) -> None:
        for arguments in (("ca", "create"), ("cert", "create", "-server"), ("cert", "create", "-client")):
            subprocess.run([str(built("consul")), "tls", *arguments], cwd=folder, check=True, capture_output=True)
        self.files = {name: folder / f"{file}.pem" for name, file in _FILES.items()}
        """The authority, and certificates of it for the server and its clients, with their keys."""
        self.https = free_port()
        super().__init__(folder)

    def environment(self, prefix: str, token_file: Path) -> dict[str, str]:
        """How an operator is let in that finds its token in the file."""
        return super().environment(prefix, token_file) | {
            "HYBRIDFACE_CONSUL_ADDRESS": f"https://{HOST}:{self.https}",
            "HYBRIDFACE_CONSUL_CA_FILE": str(self.files["ca"]),
            "HYBRIDFACE_CONSUL_CLIENT_CERT": str(self.files["client_cert"]),
            "HYBRIDFACE_CONSUL_CLIENT_KEY": str(self.files["client_key"]),
        }

    def _config(self) -> dict[str, Any]:
        config = super()._config()
        config["ports"]["https"] = self.https
        ca, cert, key = (str(self.files[name]) for name in ("ca", "cert", "key"))
        config["tls"] = {"https": {"ca_file": ca, "cert_file": cert, "key_file": key, "verify_incoming": True}}
        return config


@contextmanager
def running(folder: Path) -> Iterator[TlsConsulServer]:
    """A server with its data below the folder, ended on leaving."""
    server = TlsConsulServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
