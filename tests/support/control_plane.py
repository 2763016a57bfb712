"""A real Kubernetes control plane on free loopback ports: etcd, API server, controllers; no scheduler, no nodes.

RBAC is on. Custom resources are there before the controllers start, which would else not see for half a minute who owns
what. Nodes that a test makes up stay as the test says: nothing marks them as lost.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
from Crypto.PublicKey import ECC

from build_tools import built
from support.processes import HOST, ServerProcess, free_port
from support.token_reviews import TokenReviews
from support.waiting import soon

CRDS = sorted((Path(__file__).parent.parent.parent / "crds").glob("*.yaml"))
SERVICES = "10.0.0.0/24"
"""Addresses of Services."""
AUDITED = "audited"
"""Whoever is of this group has what it asks for written down."""
_ADMIN = "admin"
_AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "userGroups": [AUDITED]}, {"level": "None"}],
}

_LATER = urllib3.Retry(10, connect=0, read=0, redirect=0, other=0, allowed_methods=None, raise_on_status=False)
"""A server that is not ready for a request yet says when to come again (`Retry-After`), as kubectl does."""


class ControlPlane:
    """The servers' processes; their data outlives them in the folder."""

    def __init__(self, folder: Path, crds: Sequence[Path], host: str = HOST) -> None:
        self.url = f"https://{host}:{free_port(host)}"
        self._host = host
        self.ca_file = folder / "certs" / "apiserver.crt"
        self.admin_token = secrets.token_urlsafe()
        self._folder = folder
        self._crds = crds
        self._audit_log = folder / "audit.log"
        self._reviews = TokenReviews()
        self.kubeconfig = self.kubeconfig_of(self.admin_token)
        """The administrator's."""
        self._http = urllib3.PoolManager(retries=_LATER, timeout=60, ca_certs=str(self.ca_file))
        self._etcd_url = f"http://{HOST}:{free_port()}"
        self._etcd = ServerProcess("etcd", self._etcd_command(), folder=folder, answers=self._etcd_answers)
        self._apiserver = ServerProcess(
            "kube-apiserver", self._apiserver_command(), folder=folder, answers=self._apiserver_answers
        )
        self._controllers = ServerProcess(
            "kube-controller-manager", self._controllers_command(), folder=folder, answers=self._controllers_answer
        )

    def start(self) -> None:
        """Starts everything, and waits until the controllers work. Call it from a thread that lives on."""
        self._reviews.start()
        self._etcd.start()
        self._apiserver.start()
        if self._crds:
            self.kubectl("apply", *(f"--filename={crd}" for crd in self._crds))
            self.wait_for_definitions()
        self._controllers.start()

    def stop(self) -> None:
        """Ends every process, at once."""
        for server in (self._controllers, self._apiserver, self._etcd, self._reviews):
            server.stop()

    def wait_for_definitions(self) -> None:
        """Returns once every custom resource that is defined is served, and kubectl finds it."""
        soon(self._established, bool)

    def start_apiserver(self) -> None:
        """Starts the API server again, on the same port. Call it from a thread that lives on."""
        self._apiserver.start()

    def stop_apiserver(self) -> None:
        """Ends the API server, at once; the others stay."""
        self._apiserver.stop()

    def client_token(self, user: str, groups: Sequence[str] = ()) -> str:
        """A bearer token of that user, who may do what RBAC grants."""
        return self._reviews.grant(user, groups)

    def audit(self, user: str) -> list[dict[str, Any]]:
        """What an audited user has asked for since the start, as audit.k8s.io/v1 has it."""
        lines = self._audit_log.read_text(encoding="utf-8").splitlines() if self._audit_log.exists() else []
        return [event for event in map(json.loads, lines) if event["user"]["username"] == user]

    def revoke(self, token: str) -> None:
        """Makes a client's token invalid. The API server notices within 10 seconds, or when it starts again."""
        self._reviews.revoke(token)

    def kubeconfig_of(self, token: str) -> Path:
        """A kubeconfig file for that bearer token."""
        cluster = {"server": self.url, "certificate-authority": str(self.ca_file)}
        return self._written(f"kubeconfig-{secrets.token_hex(4)}.yaml", _kubeconfig(cluster, {"token": token}))

    @property
    def pids(self) -> dict[str, int]:
        """Of the processes that run, by name."""
        return {"etcd": self._etcd.pid, "apiserver": self._apiserver.pid, "controllers": self._controllers.pid}

    @property
    def kubectl_command(self) -> list[str]:
        """How kubectl is called by the administrator."""
        return [str(built("kubernetes", "kubectl")), f"--kubeconfig={self.kubeconfig}"]

    def kubectl(self, *arguments: str, stdin: str | None = None, kubeconfig: Path | None = None) -> str:
        """What kubectl prints, run as the administrator or whoever the kubeconfig is of.

        Raises:
            RuntimeError: kubectl failed; with what it said.
        """
        program, ours = self.kubectl_command
        command = [program, f"--kubeconfig={kubeconfig}" if kubeconfig else ours, *arguments]
        environment = {"HOME": str(self._folder), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Makes objects, or brings them to what is given, as `kubectl apply --server-side` does. The API server checks
        every field; a kubectl that is started would fetch all schemas first, for a third of a second of a core.

        Raises:
            RuntimeError: it refused; with what it said.
        """
        query = "fieldManager=tests&force=true&fieldValidation=Strict"
        for body in objects:
            self._send("PATCH", f"{path_of(body)}?{query}", body, "application/apply-patch+yaml")

    def patch(self, path: str, change: Mapping[str, Any]) -> None:
        """Changes what is at a path, as `kubectl patch --type=merge` does, without starting it.

        Raises:
            LookupError: there is nothing.
            RuntimeError: it refused; with what it said.
        """
        self._send("PATCH", f"{path}?fieldValidation=Strict", change, "application/merge-patch+json")

    def delete(self, path: str) -> None:
        """Tells what is at a path to go, or everything in a list, and does not wait for it. LookupError where there is
        nothing."""
        self._send("DELETE", path)

    def read(self, path: str) -> dict[str, Any]:
        """What the API server has at a path, as the administrator sees it. What is polled is read so: a kubectl that
        is started costs a tenth of a second of a core.

        Raises:
            LookupError: there is nothing.
        """
        return self._send("GET", path)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None, kind: str = "") -> dict[str, Any]:
        sent = None if body is None else json.dumps(body).encode()
        headers = self._authorised | ({"Content-Type": kind} if kind else {})
        answer = self._http.request(method, f"{self.url}{path}", body=sent, headers=headers)
        if answer.status == 404:
            raise LookupError(path)
        if answer.status not in (200, 201, 202):
            raise RuntimeError(f"{path}: {answer.status} {answer.data.decode()}")
        found: dict[str, Any] = answer.json()
        return found

    def _etcd_command(self) -> list[str]:
        peers = f"http://{HOST}:{free_port()}"
        return [
            *(str(built("etcd")), "--name=only", f"--data-dir={self._folder / 'etcd'}", "--log-level=warn"),
            *(f"--listen-client-urls={self._etcd_url}", f"--advertise-client-urls={self._etcd_url}"),
            *(f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}"),
            *(f"--initial-cluster=only={peers}", "--unsafe-no-fsync"),
        ]

    def _apiserver_command(self) -> list[str]:
        admin = self._written("tokens.csv", f"{self.admin_token},{_ADMIN},{_ADMIN},system:masters\n")
        audit = self._written("audit.yaml", json.dumps(_AUDIT))
        reviews = self._written("reviews.yaml", _kubeconfig({"server": self._reviews.url}, {}))
        key = ECC.generate(curve="p256")
        private = self._written("service-accounts.key", key.export_key(format="PEM"))
        public = self._written("service-accounts.pub", key.public_key().export_key(format="PEM"))
        return [
            *(str(built("kubernetes", "kube-apiserver")), f"--etcd-servers={self._etcd_url}"),
            *(f"--bind-address={self._host}", f"--secure-port={self.url.rpartition(':')[2]}"),
            f"--advertise-address={self._host}",
            "--endpoint-reconciler-type=none",  # endpoints cannot be loopback addresses
            *(f"--cert-dir={self.ca_file.parent}", f"--service-cluster-ip-range={SERVICES}"),
            *("--authorization-mode=Node,RBAC", f"--token-auth-file={admin}"),
            *(f"--authentication-token-webhook-config-file={reviews}", "--authentication-token-webhook-version=v1"),
            "--authentication-token-webhook-cache-ttl=0s",
            *(f"--audit-policy-file={audit}", f"--audit-log-path={self._audit_log}"),
            *("--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={public}"),
            f"--service-account-signing-key-file={private}",
        ]

    def _controllers_command(self) -> list[str]:
        return [
            *(str(built("kubernetes", "kube-controller-manager")), f"--kubeconfig={self.kubeconfig}"),
            *("--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000"),
            "--controllers=*,-node-lifecycle-controller",  # no kubelet renews a made-up node's lease
        ]

    def _etcd_answers(self) -> bool:
        return self._status(f"{self._etcd_url}/health") == 200

    def _apiserver_answers(self) -> bool:
        return self.ca_file.exists() and self._status(f"{self.url}/readyz") == 200

    def _controllers_answer(self) -> bool:
        return self._status(f"{self.url}/api/v1/namespaces/default/serviceaccounts/default") == 200

    def _established(self) -> bool:
        # `kubectl wait` fails on a resource that has no conditions yet.
        found = json.loads(self.kubectl("get", "crds", "--output=json"))["items"]
        conditions = [crd.get("status", {}).get("conditions") or [] for crd in found]
        if not all(any((c["type"], c["status"]) == ("Established", "True") for c in each) for each in conditions):
            return False
        try:
            for crd in found:
                self.kubectl("get", crd["metadata"]["name"], "--all-namespaces", "--output=name")
        except RuntimeError:
            return False
        return True

    def _status(self, url: str) -> int:
        ca_file = str(self.ca_file) if url.startswith("https") else None
        with urllib3.PoolManager(retries=False, timeout=5, ca_certs=ca_file) as http:
            return http.request("GET", url, headers=self._authorised).status

    @property
    def _authorised(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.admin_token}"}

    def _written(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text, encoding="utf-8")
        return path


def path_of(body: Mapping[str, Any]) -> str:
    """Where the API server has an object; a namespace is that of its metadata."""
    version, kind, metadata = body["apiVersion"], body["kind"].lower(), body["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    folder = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{root}{folder}/{_plural(kind)}/{metadata['name']}"


def _plural(kind: str) -> str:
    if kind.endswith("y"):
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


@contextmanager
def running(folder: Path, crds: Sequence[Path] = CRDS) -> Iterator[ControlPlane]:
    """A control plane with its data below the folder and these custom resources, ended on leaving."""
    plane = ControlPlane(folder, crds)
    try:
        plane.start()
        yield plane
    finally:
        plane.stop()


def _kubeconfig(cluster: dict[str, str], user: dict[str, str]) -> str:
    """A kubeconfig with one context; JSON is YAML."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "current-context": "test",
        }
    )
