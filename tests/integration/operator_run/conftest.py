from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.estate import Estate, estate
from support.waiting import soon


@pytest.fixture(scope="module")  # it is gone before other tests of this process: it would see to their jobs as well
def whole_estate(plane, consul, minio, tmp_path_factory) -> Iterator[Estate]:
    """One operator with its surroundings for all tests of a file: a private node and a cloud one, a GPU each."""
    with estate(plane, consul, minio, tmp_path_factory.mktemp("estate")) as made:
        made.prepare()
        made.node("private-0", "private")
        made.node("cloud-0", "aws-spot")
        made.kubelets.start()
        made.operator.forked = True
        made.start_operator()
        soon(made.operator_log, lambda log: "lease.held" in log and "policy.accepted" in log)
        yield made


@pytest.fixture
def home(whole_estate) -> Iterator[Estate]:
    """The estate; what a test left behind is gone before the next one, and what it stopped runs again."""
    yield whole_estate
    whole_estate.kubelets.resume()
    whole_estate.kubelets.let_go()
    whole_estate.delete_jobs()
    whole_estate.minio.empty(whole_estate.results)
    whole_estate.forget_prices()
    whole_estate.revive()


@pytest.fixture
def pods(home):
    """Reads the pods of the tenant as they are now."""

    return home.pods
