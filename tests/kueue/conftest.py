from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import kueue
from support.estate import Estate, estate
from support.kueue import Kueue
from support.kueue_page import inventory, queues
from support.server_fixtures import consul, minio, plane
from support.waiting import soon

__all__ = ["consul", "minio", "plane"]


@pytest.fixture(scope="session")
def controller(plane, tmp_path_factory) -> Iterator[Kueue]:
    """Kueue, on the control plane. While it is away, nobody can create a Job there."""
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
