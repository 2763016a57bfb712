"""An operator of some namespaces beside the first release: what it may do, and what it leaves to the other."""

from __future__ import annotations

import pytest

from support.chart import CHART, EXAMPLES, NAMESPACE, HelmError, can_i
from support.chart import SECOND as HOME
from support.waiting import soon

ACCOUNT = f"system:serviceaccount:{HOME}:second-operator"


@pytest.mark.parametrize(
    ("verb", "what", "where", "may"),
    [
        ("watch", "faceswapjobs.hybridface.dev", "garage-one", "yes"),
        ("watch", "pods", "garage-two", "yes"),
        ("create", "jobs.batch", "garage-two", "yes"),
        ("create", "events.events.k8s.io", "garage-one", "yes"),
        ("update", "leases.coordination.k8s.io", HOME, "yes"),
        ("create", "events.events.k8s.io", HOME, "yes"),
        ("get", "secrets", "garage-one", "no"),
        ("watch", "pods", "default", "no"),
        ("create", "jobs.batch", HOME, "no"),
    ],
)
def test_it_may_work_in_its_namespaces_alone(second, verb, what, where, may):
    soon(lambda: can_i(second, ACCOUNT, verb, what, f"--namespace={where}"), lambda said: said == may)


@pytest.mark.parametrize(("verb", "what"), [("list", "nodes"), ("get", "namespaces")])
def test_it_sees_nothing_of_the_cluster(second, verb, what):
    assert can_i(second, ACCOUNT, verb, what) == "no"


def test_in_the_namespace_of_another_it_would_wait_for_ever_and_is_refused(release):
    options = release.options(EXAMPLES["namespaces"], {"fullnameOverride": "third"})
    with pytest.raises(HelmError, match="release hybridface is there, and both would wait for one Lease"):
        release("install", "third", str(CHART), f"--namespace={NAMESPACE}", "--dry-run=server", *options)
