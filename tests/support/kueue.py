"""Kueue's controller as a process, with what its chart installs, on a control plane without nodes.

It runs as its pod would, with the rights of its service account. What is played is the rest of that pod: the Secret
with its certificate is written to its folder, and the Service of its webhooks leads to this machine.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
import yaml

from build_tools import built, sources
from support.chart import Helm, objects
from support.control_plane import ControlPlane
from support.processes import HOST, ServerProcess, free_port

Body = dict[str, Any]
NAMESPACE = "kueue-system"
_SERVICE = "kueue-webhook-service"
_CERTIFICATE = "kueue-webhook-server-cert"
_ACCOUNT = "kueue-controller-manager"
_LEFT_OUT = ("Deployment", "APIService", "ConfigMap")
"""What of its chart only pods need, and the API of pending workloads, which no test asks."""
_FOR_PEOPLE = ("-editor-role", "-viewer-role")


class Kueue:
    """The controller's process; queues and workloads are in the control plane and outlive it."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self._plane = plane
        self._folder = folder
        chart = sources("kueue", "sigs.k8s.io/kueue") / "charts" / "kueue"
        self._chart = objects(Helm(folder)("template", "kueue", str(chart), f"--namespace={NAMESPACE}"))
        self._certificates = folder / "certificates"
        self._health = f"{HOST}:{free_port()}"
        self._webhooks = free_port()
        self._http = urllib3.PoolManager(retries=False, timeout=5)
        self._server: ServerProcess | None = None

    def install(self) -> None:
        """Brings what the chart has: resources, roles, webhooks."""
        self._plane.kubectl("create", "namespace", NAMESPACE)
        needed = [self._led_here(body) for body in self._chart if _is_needed(body)]
        self._plane.kubectl("apply", "--server-side", "--filename=-", stdin=yaml.safe_dump_all(needed))
        self._plane.wait_for_definitions()

    def start(self) -> None:
        """Starts the controller and waits until its webhooks answer. Call it from a thread that lives on."""
        if self._server is None:
            self._server = ServerProcess("kueue", self._command(), folder=self._folder, answers=self._answers)
        self._server.start()

    def stop(self) -> None:
        """Ends the process, at once: then the API server takes no Job."""
        if self._server:
            self._server.stop()

    def _command(self) -> list[str]:
        config = self._folder / "kueue.yaml"
        config.write_text(yaml.safe_dump(self._config()), encoding="utf-8")
        token = self._plane.kubectl("create", "token", _ACCOUNT, f"--namespace={NAMESPACE}").strip()
        kubeconfig = self._plane.kubeconfig_of(token)
        return [str(built("kueue")), f"--config={config}", f"--kubeconfig={kubeconfig}", "--zap-log-level=2"]

    def _config(self) -> Body:
        """That of the chart, with this process's ports and folders."""
        (files,) = (body["data"] for body in self._chart if body["kind"] == "ConfigMap")
        (text,) = files.values()
        config: Body = yaml.safe_load(text)
        return config | {
            "namespace": NAMESPACE,
            "health": {"healthProbeBindAddress": self._health},
            "metrics": {"bindAddress": "0"},
            "webhook": {"host": HOST, "port": self._webhooks, "certDir": str(self._certificates)},
            "leaderElection": {"leaderElect": False},
            "featureGates": {"VisibilityOnDemand": False},
        }

    def _led_here(self, body: Body) -> Body:
        """The object, with the Service of the webhooks outside the cluster and their port."""
        if body["kind"] == "Service":
            outside = {"type": "ExternalName", "externalName": "localhost"}
            return {key: body[key] for key in ("apiVersion", "kind", "metadata")} | {"spec": outside}
        whole: Body = json.loads(json.dumps(body), object_hook=self._at_its_port)
        return whole

    def _at_its_port(self, part: Body) -> Body:
        service = part.get("service")
        if isinstance(service, dict) and service.get("name") == _SERVICE:
            service["port"] = self._webhooks
        return part

    def _answers(self) -> bool:
        self._mount_certificate()
        return self._http.request("GET", f"http://{self._health}/readyz").status == 200

    def _mount_certificate(self) -> None:
        if self._certificates.exists():
            return
        secret = self._plane.read(f"/api/v1/namespaces/{NAMESPACE}/secrets/{_CERTIFICATE}")
        if "tls.crt" in secret.get("data", {}):
            fresh = self._folder / "fresh"
            fresh.mkdir()
            for name, text in secret["data"].items():
                (fresh / name).write_bytes(base64.b64decode(text))
            fresh.rename(self._certificates)


def _is_needed(body: Body) -> bool:
    kind, name = body["kind"], body["metadata"]["name"]
    if kind == "Service":
        return bool(name == _SERVICE)
    return kind not in _LEFT_OUT and not name.endswith(_FOR_PEOPLE)


@contextmanager
def running(plane: ControlPlane, folder: Path) -> Iterator[Kueue]:
    """Kueue on this control plane, ended on leaving: no other test can create Jobs there."""
    made = Kueue(plane, folder)
    try:
        made.install()
        made.start()
        yield made
    finally:
        made.stop()
