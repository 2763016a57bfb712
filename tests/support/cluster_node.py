"""A node: containerd, kubelet, kube-proxy and a firewall in namespaces of its own: network, mounts and processes.

The first process of the namespaces holds them; when it goes, however it goes, the kernel ends every process and
takes away every mount and link. What stays are empty control groups and the node's folder (support.cluster_state).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from build_tools import built
from support import cluster_node_files as files
from support.cluster_network import Network
from support.cluster_plane import ClusterPlane
from support.cluster_state import make_cgroup
from support.processes import ServerProcess

_FIRST_PROCESS = """
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
echo 1 > /proc/sys/net/ipv4/ip_forward
touch "$1"
sleep infinity & wait
"""


class Node:
    """A node of a pool."""

    def __init__(self, number: int, pool: str, plane: ClusterPlane, folder: Path, pause: str) -> None:
        self.number, self.pool = number, pool
        self.name = f"{pool}-0"
        self._folder = folder
        self._begun = folder / "begun"
        (folder / "cni").mkdir()
        clients_ca = plane.kubelet_clients_ca
        self.kubeconfig = plane.kubeconfig_of(plane.client_token(f"system:node:{self.name}", ["system:nodes"]))
        """Its kubelet's."""
        proxy_kubeconfig = plane.kubeconfig_of(plane.client_token("system:kube-proxy"))
        written = {
            "containerd.toml": files.containerd(folder, pause),
            "cni/10-pods.conflist": files.cni(number),
            "kubelet.yaml": files.kubelet(folder, clients_ca, make_cgroup(self.name)),
            "proxy.yaml": files.proxy(self.name, proxy_kubeconfig),
        }
        for name, text in written.items():
            (folder / name).write_text(text, encoding="utf-8")
        hold = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation=private"]
        self._namespaces = self._process(
            "namespaces", [*hold, "bash", "-ec", _FIRST_PROCESS, "node", str(self._begun)], self._begun.exists
        )
        self._kubelet_command = [
            *(str(built("nodes", "kubelet")), f"--config={folder / 'kubelet.yaml'}", f"--kubeconfig={self.kubeconfig}"),
            *(f"--root-dir={folder / 'kubelet'}", *files.kubelet_options(number, self.name, pool)),
        ]
        self._containerd: ServerProcess | None = None
        self._kubelet: ServerProcess | None = None
        self._proxy: ServerProcess | None = None
        self._firewall: ServerProcess | None = None

    @property
    def images(self) -> Path:
        """Where its containerd keeps images."""
        return files.images(self._folder)

    @property
    def pid(self) -> int:
        """Of the first process of its namespaces, as this machine counts."""
        holder = self._namespaces.pid
        return int(Path(f"/proc/{holder}/task/{holder}/children").read_text(encoding="ascii"))

    def start(self, network: Network) -> None:
        """Starts it, connected, and waits until it takes images. Call it from a thread that lives on."""
        self._begun.unlink(missing_ok=True)
        self._namespaces.start()
        network.attach(self.number, self.pid)
        runtime = ["containerd", f"--config={self._folder / 'containerd.toml'}"]
        self._containerd = self.process("containerd", runtime, self._takes_images)
        self._containerd.start()

    def join(self) -> None:
        """Starts what makes it a node of the cluster. Call it from a thread that lives on."""
        proxy = [str(built("nodes", "kube-proxy")), f"--config={self._folder / 'proxy.yaml'}"]
        self._proxy = self.process("kube-proxy", proxy, lambda: True)
        self._proxy.start()
        self.start_kubelet()

    def enforce(self, kubeconfig: Path) -> None:
        """Starts what enforces NetworkPolicies, as the user of that kubeconfig, once the node is known.

        Call it from a thread that lives on.
        """
        command = [str(built("kube-router")), *files.firewall_options(self.name, kubeconfig)]
        self._firewall = self.process("firewall", command, self._filters)
        self._firewall.start()

    def start_kubelet(self) -> None:
        """Starts the kubelet, again where it was stopped. Call it from a thread that lives on."""
        self._kubelet = self.process("kubelet", self._kubelet_command, lambda: True)
        self._kubelet.start()

    def stop_kubelet(self) -> None:
        """Ends the kubelet at once; what the pods run goes on."""
        if self._kubelet:
            self._kubelet.stop()

    def stop(self) -> None:
        """Ends all of it, at once."""
        self._namespaces.stop()
        for process in (self._firewall, self._kubelet, self._proxy, self._containerd):
            if process:
                process.stop()

    def load(self, archive: Path) -> None:
        """Brings an image to it. Raises RuntimeError with what containerd said."""
        self.run("ctr", "--namespace=k8s.io", "images", "import", str(archive))

    def run(self, *command: str) -> str:
        """What a program prints there. Raises RuntimeError with what it said."""
        done = subprocess.run(self._inside(command), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} on {self.name}: {done.stdout}{done.stderr}")
        return done.stdout

    def process(self, name: str, command: Sequence[str], answers: Callable[[], bool]) -> ServerProcess:
        """A program that runs there until it is stopped, or the node is."""
        return self._process(name, self._inside(command), answers)

    def _takes_images(self) -> bool:
        done = subprocess.run(self._inside(["ctr", "version"]), capture_output=True, check=False)
        return done.returncode == 0

    def _filters(self) -> bool:
        rules = ["iptables", "--list-rules", "KUBE-ROUTER-FORWARD"]
        return subprocess.run(self._inside(rules), capture_output=True, check=False).returncode == 0

    def _inside(self, command: Sequence[str]) -> list[str]:
        # A program in the namespaces is a child of the one that entered them, and is to end with it.
        ends_with_parent = ["setpriv", "--pdeathsig", "KILL"]
        enter = [str(shutil.which("nsenter")), f"--target={self.pid}", "--net", "--mount", "--pid"]
        return [*enter, *ends_with_parent, *command]

    def _process(self, name: str, command: Sequence[str], answers) -> ServerProcess:
        path = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        return ServerProcess(name, command, folder=self._folder, answers=answers, environment=path)
