"""Who an operator is to the API server and to Consul: tokens with the few rights it needs, and others after them."""

from __future__ import annotations

from pathlib import Path

from support.consul_server import ConsulServer
from support.control_plane import AUDITED, ControlPlane


class Access:
    """One user of the API server, whose requests are written down, and one reader of a prefix in Consul."""

    def __init__(self, plane: ControlPlane, consul: ConsulServer, name: str, folder: Path) -> None:
        """`name` is the user's, and the prefix."""
        self._plane, self._consul, self._name = plane, consul, name
        self._token = plane.client_token(name, [AUDITED])
        self.kubeconfig = plane.kubeconfig_of(self._token)
        self.consul_token = folder / "consul-token"
        """The file that it is read from."""
        self.consul_token.write_text(self._reader())

    @property
    def environment(self) -> dict[str, str]:
        """How the operator is told."""
        return {"KUBECONFIG": str(self.kubeconfig), **self._consul.environment(self._name, self.consul_token)}

    def rotate(self) -> None:
        """Gives the operator another token for the API server, and has the old one refused."""
        old, self._token = self._token, self._plane.client_token(self._name, [AUDITED])
        self.kubeconfig.write_text(self._plane.kubeconfig_of(self._token).read_text())
        self._plane.revoke(old)

    def rotate_consul(self) -> None:
        """The same for Consul."""
        old = self.consul_token.read_text()
        self.consul_token.write_text(self._reader())
        self._consul.revoke(old)

    def _reader(self) -> str:
        return self._consul.policy_token(f'key_prefix "{self._name}/" {{ policy = "read" }}')
