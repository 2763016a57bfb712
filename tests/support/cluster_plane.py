"""A control plane for real nodes: it reaches their kubelets, schedules, and notices soon who is lost."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from build_tools import built
from support.control_plane import ControlPlane
from support.processes import ServerProcess

LOST_AFTER_SECONDS = 20
"""A node that has said nothing for so long is not ready, and tainted."""
EVICTED_AFTER_SECONDS = 5
"""Then its pods are to go, unless they say otherwise."""
_KUBELETS_KNOW_IT_AS = "client.dc1.consul"


class ClusterPlane(ControlPlane):
    """Servers on an address that nodes and pods reach. Custom resources are the chart's business."""

    def __init__(self, folder: Path, host: str) -> None:
        self._identity = _identity(folder)
        super().__init__(folder, (), host)
        self._scheduler = ServerProcess(
            "kube-scheduler",
            [str(built("nodes", "kube-scheduler")), f"--kubeconfig={self.kubeconfig}", "--leader-elect=false"],
            folder=folder,
            answers=lambda: True,
        )

    @property
    def kubelet_clients_ca(self) -> Path:
        """By it a kubelet knows the API server."""
        return self._identity["ca"]

    def start(self) -> None:
        """Starts everything, and waits until the controllers work. Call it from a thread that lives on."""
        super().start()
        self._scheduler.start()
        self.kubectl(
            *("create", "clusterrolebinding", "kubelet-clients", "--clusterrole=system:kubelet-api-admin"),
            f"--user={_KUBELETS_KNOW_IT_AS}",
        )

    def stop(self) -> None:
        """Ends every process, at once."""
        self._scheduler.stop()
        super().stop()

    def _apiserver_command(self) -> list[str]:
        return [
            *super()._apiserver_command(),
            *("--endpoint-reconciler-type=lease", "--enable-admission-plugins=NodeRestriction"),
            f"--kubelet-client-certificate={self._identity['cert']}",
            f"--kubelet-client-key={self._identity['key']}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--default-not-ready-toleration-seconds={EVICTED_AFTER_SECONDS}",
            f"--default-unreachable-toleration-seconds={EVICTED_AFTER_SECONDS}",
        ]

    def _controllers_command(self) -> list[str]:
        usual = [option for option in super()._controllers_command() if not option.startswith("--controllers=")]
        return [
            *(*usual, f"--root-ca-file={self.ca_file}"),
            *(f"--node-monitor-grace-period={LOST_AFTER_SECONDS}s", "--node-monitor-period=1s"),
        ]


def _identity(folder: Path) -> Mapping[str, Path]:
    """A certificate with which the API server shows kubelets who it is, and its authority."""
    for arguments in (("ca", "create"), ("cert", "create", "-client")):
        subprocess.run([str(built("consul")), "tls", *arguments], cwd=folder, check=True, capture_output=True)
    files = {"ca": "consul-agent-ca", "cert": "dc1-client-consul-0", "key": "dc1-client-consul-0-key"}
    return {name: folder / f"{file}.pem" for name, file in files.items()}
