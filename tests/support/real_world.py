"""A real API server as the contract wants it: the operator under its own role, all others as administrator."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from hybridface_operator.kube.api import Body, Kind, Resource
from hybridface_operator.kube.cluster import Cluster
from hybridface_operator.kube.connection import Connection
from hybridface_operator.kube.requests import Request
from hybridface_operator.kube.settings import KubeSettings
from support.control_plane import ControlPlane
from support.estate_documents import priority_classes
from support.waiting import soon

Seen = TypeVar("Seen")
RBAC = Path(__file__).parents[2] / "helm" / "hybridface" / "files" / "rbac"
_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
_RBAC_GROUP = "rbac.authorization.k8s.io"
_REVIEWS = Resource("authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", namespaced=False)
CLUSTER_ROLE, HOME_ROLE, TENANT_ROLE = "operator-clusterrole", "operator-role", "operator-tenant-role"
_numbers = itertools.count()


def role(name: str) -> Body:
    """A role as the chart brings it."""
    body: Body = yaml.safe_load((RBAC / f"{name}.yaml").read_text(encoding="utf-8"))
    return body


class RealWorld:
    """The API server, and everybody who talks to it in a test."""

    def __init__(self, plane: ControlPlane, runner: asyncio.Runner) -> None:
        number = f"{next(_numbers)}-{secrets.token_hex(3)}"  # of no other test's, whatever process it runs in
        self._plane = plane
        self.namespace, self.home = f"tenant-{number}", f"home-{number}"
        self.seen: list[tuple[Request, int]] = []
        """Every request of the operator's that was answered."""
        self.user = f"operator-{number}"
        self.token = plane.client_token(self.user)
        self.kubeconfig = plane.kubeconfig_of(self.token)
        self.api = Cluster(KubeSettings(kubeconfig=self.kubeconfig), lambda *request: self.seen.append(request))
        self.admin_kubeconfig = plane.kubeconfig
        self._admin = Connection(KubeSettings(kubeconfig=plane.kubeconfig))
        self._runner = runner

    def open(self) -> None:
        """Makes the namespaces with what a chart would bring them, connects, and waits until the roles are in force."""
        objects = [
            *priority_classes(),
            {"apiVersion": "v1", "kind": "Namespace", **_named(self.home)},
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": _RESTRICTED}},
            {"apiVersion": "v1", "kind": "ServiceAccount", **_named("hybridface-worker", self.namespace)},
            *self._granted(CLUSTER_ROLE, ""),
            *self._granted(HOME_ROLE, self.home),
            *self._granted(TENANT_ROLE, self.namespace),
        ]
        self._plane.apply(*objects)
        self.do(self._admin.__aenter__())
        self.do(self.api.__aenter__())
        for right in (
            {"verb": "list", "resource": "nodes"},
            {"verb": "get", "resource": "configmaps", "namespace": self.home},
            {"verb": "delete", "resource": "pods", "namespace": self.namespace},
        ):
            soon(partial(self._may, right), bool)

    def close(self) -> None:
        """Removes what operators and kubelets of later tests would look at again and again, and disconnects."""
        options = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
        for kind in (Kind.FACE_SWAP_JOB, Kind.JOB, Kind.POD):
            self.do(self._admin.send(Request("delete", kind.value, self.namespace, body=options)))
        self.do(self.api.__aexit__(None, None, None))
        self.do(self._admin.__aexit__(None, None, None))

    def do(self, work: Coroutine[Any, Any, Seen]) -> Seen:
        return self._runner.run(work)

    def make(self, kind: Kind, body: Body) -> Body:
        where = kind.value
        whole = {"apiVersion": where.api_version, "kind": where.kind, **body}
        return self.do(self._admin.send(Request("create", where, body["metadata"].get("namespace", ""), body=whole)))

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        options = {"propagationPolicy": "Background"}
        self.do(self._admin.send(Request("delete", kind.value, namespace, name, body=options)))

    def bind(self, pod: Body, node: str) -> None:
        metadata = pod["metadata"]
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": metadata["name"]}, "target": target}
        request = Request("create", Kind.POD.value, metadata["namespace"], metadata["name"], "binding", body=body)
        self.do(self._admin.send(request))

    def say(self, pod: Body, status: Body) -> None:
        metadata = pod["metadata"]
        operations = [{"op": "add", "path": "/status", "value": status}]
        request = Request("patch", Kind.POD.value, metadata["namespace"], metadata["name"], "status", body=operations)
        self.do(self._admin.send(request))
        soon(partial(self._phases, metadata), lambda seen: seen <= {status["phase"]})  # who lists next is not behind

    def until(self, look: Callable[[], Seen], is_so: Callable[[Seen], object]) -> Seen:
        return soon(look, is_so)

    def _phases(self, metadata: Body) -> set[str]:
        """The phase of that pod in a list; empty where it is gone."""
        listed = self.do(self._admin.send(Request("list", Kind.POD.value, metadata["namespace"])))["items"]
        return {each["status"]["phase"] for each in listed if each["metadata"]["uid"] == metadata["uid"]}

    def _may(self, right: Body) -> bool:
        """Whether the operator has a right by now: roles and bindings reach the authoriser through watches."""
        spec = {"user": self.user, "resourceAttributes": right}
        body = {"apiVersion": _REVIEWS.api_version, "kind": _REVIEWS.kind, "spec": spec}
        reviewed = self.do(self._admin.send(Request("create", _REVIEWS, body=body)))
        return bool(reviewed["status"]["allowed"])

    def _granted(self, name: str, namespace: str) -> list[Body]:
        """The role and its binding to the operator. The one without a namespace is shared by all tests."""
        body = role(name)
        reference = {"apiGroup": _RBAC_GROUP, "kind": body["kind"], "name": body["metadata"]["name"]}
        binding = {
            "apiVersion": body["apiVersion"],
            "kind": f"{body['kind']}Binding",
            **_named(self.user, namespace),
            "roleRef": reference,
            "subjects": [{"apiGroup": _RBAC_GROUP, "kind": "User", "name": self.user}],
        }
        return [body | _named(reference["name"], namespace), binding]


def _named(name: str, namespace: str = "") -> Body:
    return {"metadata": {"name": name} | ({"namespace": namespace} if namespace else {})}


@contextmanager
def real_world(plane: ControlPlane) -> Iterator[RealWorld]:
    """A world of a test's own."""
    with asyncio.Runner() as runner:
        world = RealWorld(plane, runner)
        world.open()
        try:
            yield world
        finally:
            world.close()
