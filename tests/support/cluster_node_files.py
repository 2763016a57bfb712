"""What the programs of a node are told, as documents. Decides nothing, runs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.cluster_network import HERE, node_address, pod_subnet
from support.control_plane import SERVICES

SOCKET = "/run/containerd/containerd.sock"
"""Where containerd listens; every node has a /run of its own."""
PODS = "10.78.0.0/16"
_SAYS_SO_EVERY_SECONDS = 1

CONTAINERD = """\
version = 2
root = "{root}"
state = "/run/containerd"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{cni}"
"""


def images(folder: Path) -> Path:
    """Where containerd keeps images, in the node's folder."""
    return folder / "containerd"


def containerd(folder: Path, pause: str) -> str:
    """The configuration of containerd."""
    return CONTAINERD.format(root=images(folder), socket=SOCKET, pause=pause, cni=folder / "cni")


def cni(number: int) -> str:
    """How pods are connected."""
    ipam = {
        "type": "host-local",
        "dataDir": "/run/cni",
        "subnet": pod_subnet(number),
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": "pods", "isGateway": True, "hairpinMode": True, "ipam": ipam}
    return json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge]})


def kubelet(folder: Path, clients_ca: Path, cgroup: str) -> str:
    """The configuration of the kubelet; JSON is YAML. A lease is renewed four times in its duration."""
    whole: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "podLogsDir": str(folder / "pod-logs"),
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(clients_ca)},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDNS": [HERE],
        "clusterDomain": "cluster.local",
        "resolvConf": "",
        "nodeStatusUpdateFrequency": f"{_SAYS_SO_EVERY_SECONDS}s",
        "nodeLeaseDurationSeconds": 4 * _SAYS_SO_EVERY_SECONDS,
        "syncFrequency": "5s",
        "cpuCFSQuota": False,  # the nodes share the machine's processors: what is idle may be used
        "crashLoopBackOff": {"maxContainerRestartPeriod": f"{_SAYS_SO_EVERY_SECONDS}s"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "100Mi"},
    }
    return json.dumps(whole)


def proxy(name: str, kubeconfig: Path) -> str:
    """The configuration of kube-proxy."""
    whole: dict[str, Any] = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "hostnameOverride": name,
        "clusterCIDR": PODS,
        "conntrack": {"maxPerCore": 0, "min": 0},
    }
    return json.dumps(whole)


def kubelet_options(number: int, name: str, pool: str) -> list[str]:
    """What the kubelet is told by options."""
    return [
        f"--hostname-override={name}",
        f"--node-ip={node_address(number)}",
        f"--node-labels=hybridface.dev/pool={pool}",
    ]


def firewall_options(name: str, kubeconfig: Path) -> list[str]:
    """What the program that enforces NetworkPolicies is told. It looks at all of them again every minute."""
    return [
        *("--run-firewall=true", "--run-router=false", "--run-service-proxy=false", "--enable-cni=false"),
        *(f"--kubeconfig={kubeconfig}", f"--hostname-override={name}", f"--service-cluster-ip-range={SERVICES}"),
        *("--health-port=0", "--iptables-sync-period=60s"),
    ]
