"""What is restricted is pinned to private nodes, whatever pool, labels and settings say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.manifests.attempt import AttemptRef
from hybridface_operator.manifests.jobs import attempt_job
from hybridface_operator.policy.inventory import Inventory, Nodes, Pool, Toleration
from hybridface_operator.policy.types import PRIORITIES, Sensitivity
from support.attempts import CONTEXT, PRIVATE, SETTINGS

label_keys = st.sampled_from([PRIVATE.key, "zone", "gpu", "example.com/pool", "kubernetes.io/arch"])
selectors = st.dictionaries(label_keys, st.sampled_from(["true", "false", "a10", ""]), max_size=4)
tolerations = st.lists(st.builds(Toleration, key=st.none() | label_keys, operator=st.just("Exists")), max_size=2).map(
    tuple
)
nodes = st.builds(Nodes, nodeSelector=selectors, tolerations=tolerations)
pools = st.builds(
    Pool,
    name=st.just("pool"),
    kind=st.sampled_from(["private", "cloud"]),
    maxGpus=st.integers(0, 100),
    nodeSelector=selectors,
    tolerations=tolerations,
    cpu=st.none() | nodes,
    queueName=st.none() | st.just("queue"),
)
attempts = st.builds(
    AttemptRef,
    number=st.integers(1, 10**6),
    phase=st.sampled_from(["probe", "swap", "merge"]),
    pool=st.just("pool"),
    shards=st.integers(1, 100_000),
    parallelism=st.integers(1, 100_000),
    task=st.just("s3://work/a.json"),
)
contexts = st.builds(
    replace,
    st.just(CONTEXT),
    sensitivity=st.sampled_from(Sensitivity),
    priority=st.sampled_from(PRIORITIES),
    preload=st.booleans(),
)


def terms(job):
    affinity = job["spec"]["template"]["spec"].get("affinity", {}).get("nodeAffinity", {})
    return affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms", [])


@given(contexts, attempts, pools)
def test_restricted_and_private_pods_are_pinned_in_every_term_and_name_no_node(context, attempt, pool):
    job = attempt_job(context, attempt, pool, Inventory(private_nodes=PRIVATE, pools=(pool,)), SETTINGS)
    pod = job["spec"]["template"]["spec"]
    assert not {"nodeName", "nodeSelector"} & pod.keys()
    pinned = {"key": PRIVATE.key, "operator": "In", "values": [PRIVATE.value]}
    if context.sensitivity is Sensitivity.RESTRICTED or pool.kind == "private":
        assert terms(job)
        assert all(pinned in term["matchExpressions"] for term in terms(job))
    assert all(term["matchExpressions"] for term in terms(job))


@given(contexts, attempts, pools)
def test_job_and_pods_carry_the_same_labels_and_the_name_leaves_room_for_the_index(context, attempt, pool):
    job = attempt_job(context, attempt, pool, Inventory(private_nodes=PRIVATE, pools=(pool,)), SETTINGS)
    assert job["metadata"]["labels"].items() >= job["spec"]["template"]["metadata"]["labels"].items()
    assert len(f"{job['metadata']['name']}-{attempt.shards - 1}") <= 63
