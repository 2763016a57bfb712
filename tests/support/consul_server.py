"""A real Consul server on free loopback ports: access control on, nothing allowed by default, its data kept."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

from build_tools import built
from support.processes import HOST, ServerProcess, free_port


class ConsulServer:
    """The server's process; its data and its tokens outlive it in the folder."""

    def __init__(self, folder: Path, host: str = HOST) -> None:
        self.address = f"{host}:{free_port(host)}"
        self.token = str(uuid.uuid4())
        """It may do everything."""
        self._folder = folder
        self._http = urllib3.PoolManager(retries=False, timeout=60)
        config = folder / "consul.json"
        config.write_text(json.dumps(self._config()), encoding="utf-8")
        self._server = ServerProcess(
            "consul",
            [str(built("consul")), "agent", f"-config-file={config}"],
            folder=folder,
            answers=self._answers,
        )

    @property
    def url(self) -> str:
        """Where its HTTP API is."""
        return f"http://{self.address}"

    def policy_token(self, rules: str) -> str:
        """A token that may do what the rules say, such as `key_prefix "hybridface/" { policy = "read" }`."""
        policy = self._put("acl/policy", {"Name": f"policy-{uuid.uuid4()}", "Rules": rules})
        return str(self._put("acl/token", {"Policies": [{"ID": policy["ID"]}]})["SecretID"])

    def revoke(self, token: str) -> None:
        """Makes a token one that nobody knows."""
        own = self._http.request("GET", f"{self.url}/v1/acl/token/self", headers={"X-Consul-Token": token}).json()
        gone = self._http.request("DELETE", f"{self.url}/v1/acl/token/{own['AccessorID']}", headers=self._headers)
        if gone.status != 200:
            raise RuntimeError(f"Consul keeps a token: {gone.status} {gone.data.decode()}")

    def environment(self, prefix: str, token_file: Path) -> dict[str, str]:
        """How an operator is let in that finds its token in the file."""
        return {
            "HYBRIDFACE_CONSUL_ADDRESS": self.url,
            "HYBRIDFACE_CONSUL_TOKEN_FILE": str(token_file),
            "HYBRIDFACE_CONSUL_PREFIX": prefix,
        }

    def start(self) -> None:
        """Starts it, on the same ports as before, and waits until it leads. Call it from a thread that lives on."""
        self._server.start()

    def stop(self) -> None:
        """Ends the process, at once."""
        self._server.stop()

    def wipe(self) -> None:
        """Removes all data of a server that is stopped: its index begins anew, and other tokens than `token` go."""
        shutil.rmtree(self._data)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _config(self) -> dict[str, Any]:
        ports = {"http": int(self.address.partition(":")[2]), "server": free_port(), "serf_lan": free_port()}
        unused = dict.fromkeys(("https", "dns", "grpc", "grpc_tls", "serf_wan"), -1)
        return {
            "server": True,
            "bootstrap_expect": 1,
            "node_name": "only",
            "data_dir": str(self._data),
            "bind_addr": HOST,
            "client_addr": self.address.partition(":")[0],
            "ports": ports | unused,
            "acl": {"enabled": True, "default_policy": "deny", "tokens": {"initial_management": self.token}},
            "connect": {"enabled": False},
            "peering": {"enabled": False},
            "performance": {"raft_multiplier": 1},
            "disable_update_check": True,
            "log_level": "warn",
        }

    def _answers(self) -> bool:
        # Not only that it listens: the token is there once the server leads and has set up its access control.
        return self._http.request("GET", f"{self.url}/v1/acl/token/self", headers=self._headers).status == 200

    def _put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.request("PUT", f"{self.url}/v1/{path}", headers=self._headers, json=body)
        if answer.status != 200:
            raise RuntimeError(f"Consul refused {path}: {answer.status} {answer.data.decode()}")
        made: dict[str, Any] = answer.json()
        return made

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Consul-Token": self.token}


@contextmanager
def running(folder: Path) -> Iterator[ConsulServer]:
    """A server with its data below the folder, ended on leaving."""
    server = ConsulServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
