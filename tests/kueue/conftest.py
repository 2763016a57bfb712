from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import consul_tls, control_plane, kueue, minio_server
from support.consul_tls import TlsConsulServer
from support.control_plane import ControlPlane
from support.estate import Estate, estate
from support.kueue import Kueue
from support.kueue_page import inventory, queues
from support.minio_server import MinioServer
from support.waiting import soon


@pytest.fixture(scope="session")
def minio(tmp_path_factory) -> Iterator[MinioServer]:
    """One server for all tests of this process."""
    with minio_server.running(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def consul(tmp_path_factory) -> Iterator[TlsConsulServer]:
    """One server for all tests of this process."""
    with consul_tls.running(tmp_path_factory.mktemp("consul")) as server:
        yield server


@pytest.fixture(scope="session")
def plane(tmp_path_factory) -> Iterator[ControlPlane]:
    """A control plane with Kueue's webhooks: while Kueue is away, nobody can create a Job."""
    with control_plane.running(tmp_path_factory.mktemp("plane")) as servers:
        yield servers


@pytest.fixture(scope="session")
def controller(plane, tmp_path_factory) -> Iterator[Kueue]:
    """Kueue, on that control plane."""
    with kueue.running(plane, tmp_path_factory.mktemp("kueue")) as made:
        yield made


@pytest.fixture(scope="session")
def whole_estate(plane, controller, consul, minio, tmp_path_factory) -> Iterator[Estate]:
    """An operator, a private node with four GPUs, one in the cloud, and a tenant with queues, as the guide has them."""
    with estate(plane, consul, minio, tmp_path_factory.mktemp("estate")) as made:
        made.prepare(inventory())
        made.apply(*queues(made.namespace))
        made.node("private-0", "private", gpus=4)
        made.node("cloud-0", "aws-spot")
        made.kubelets.start()
        made.start_operator()
        soon(made.operator_log, lambda log: "lease.held" in log and "policy.accepted" in log)
        yield made


@pytest.fixture
def home(whole_estate) -> Iterator[Estate]:
    """The estate; afterwards no job, pod or Workload is left, and the queues are as the guide has them."""
    yield whole_estate
    whole_estate.kubelets.let_go()
    whole_estate.delete_jobs()
    whole_estate.forget_prices()
    whole_estate.apply(*queues(whole_estate.namespace))
    soon(whole_estate.pods, lambda left: not left)
    path = f"/apis/kueue.x-k8s.io/v1beta2/namespaces/{whole_estate.namespace}/workloads"
    soon(lambda: whole_estate.plane.read(path)["items"], lambda left: not left)
