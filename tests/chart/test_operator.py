"""The operator as its Deployment would run it: with these settings and the rights of this service account alone."""

from __future__ import annotations

import json

import pytest
import urllib3
import yaml

from support import consul_server, minio_server
from support.chart import CHART, NAMESPACE, SECOND, objects, pods
from support.chart_pods import Unpacked
from support.minting import ParentKey
from support.operator_process import OperatorProcess
from support.waiting import soon

JOB = yaml.safe_load((CHART / "files/tests/job.yaml").read_text())


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """A Consul and an object store, as settings."""
    folder = tmp_path_factory.mktemp("services")
    with consul_server.running(folder) as consul, minio_server.running(folder) as minio:
        minio.bucket("hybridface-work")
        yield {
            "HYBRIDFACE_CONSUL_ADDRESS": consul.url,
            "HYBRIDFACE_CONSUL_TOKEN": consul.token,
            "HYBRIDFACE_S3_ENDPOINT": f"http://{minio.settings.endpoint}",
            "HYBRIDFACE_CREDENTIALS_DIR": str(ParentKey(minio, folder).folder),
        }


@pytest.fixture
def operator(second, release, services, tmp_path):
    """Starts the operator of a release."""
    process = OperatorProcess(tmp_path)

    def start(name, namespace, account):
        bodies = objects(release("get", "manifest", name, f"--namespace={namespace}"))
        pod = dict(pods(bodies))[f"Deployment/{account}"]
        (tmp_path / "pod").mkdir()
        environment = Unpacked(bodies, pod, tmp_path / "pod", namespace=namespace).environment()
        environment["HYBRIDFACE_HEALTH_PORT"] = str(process.health_port)
        token = second.kubectl("create", "token", account, f"--namespace={namespace}").strip()
        process.start(environment | services | {"KUBECONFIG": str(second.kubeconfig_of(token))})
        return process

    yield start
    process.stop()


def answers(process, path):
    assert process.runs, process.log()
    try:
        return urllib3.request("GET", f"http://127.0.0.1:{process.health_port}{path}", retries=False, timeout=5).status
    except urllib3.exceptions.HTTPError:
        return 0


@pytest.mark.parametrize(
    ("release_name", "home", "account", "tenant"),
    [
        ("hybridface", NAMESPACE, "hybridface-operator", "studio"),
        ("second", SECOND, "second-operator", "garage-one"),
    ],
    ids=["cluster", "namespaces"],
)
def test_it_leads_and_looks_at_jobs_and_is_refused_nothing(second, operator, release_name, home, account, tenant):
    process = operator(release_name, home, account)
    soon(lambda: answers(process, "/healthz"), lambda status: status == 200)
    soon(lambda: second.kubectl("get", "lease", f"-n={home}", "-o=name"), lambda names: "hybridface-operator" in names)
    soon(lambda: answers(process, "/readyz"), lambda status: status == 200)
    job = JOB | {"metadata": {"name": "looked-at", "namespace": tenant}}
    second.kubectl("apply", "--filename=-", stdin=json.dumps(job))

    def conditions():
        found = json.loads(second.kubectl("get", "fsj", "looked-at", f"-n={tenant}", "-o=json"))
        return found.get("status", {}).get("conditions", [])

    soon(conditions, lambda found: any(each["type"] == "Ready" for each in found))
    second.kubectl("delete", "fsj", "looked-at", f"-n={tenant}")
    assert "forbidden" not in process.log().lower()
