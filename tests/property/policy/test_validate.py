"""Validation judges everything that the schemas allow, and a policy without problems leaves no restricted job alone."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from hybridface_operator.policy.policy import Policy, When
from hybridface_operator.policy.reach import reach
from hybridface_operator.policy.types import PRIORITIES, Priority, Sensitivity
from hybridface_operator.policy.validate import problems, warnings
from hybridface_operator.policy.validate_inventory import inventory_problems, inventory_warnings
from hybridface_operator.policy.validate_tenants import tenants_problems, tenants_warnings
from hybridface_operator.spec.types import seconds
from support.policies import AWS, PRIVATE, inventory
from support.policies_random import NAMES, inventories, policies, tenants

KNOWN = inventory(*(PRIVATE | {"name": name} for name in NAMES[:2]), *(AWS | {"name": name} for name in NAMES[2:]))
HOME = set(NAMES[:2])


class Moment(NamedTuple):
    """A job at a time, as a rule sees it."""

    sensitivity: Sensitivity
    priority: Priority
    namespace: str
    labels: dict[str, str]
    seconds_left: int | None
    backlog_seconds: int


moments = st.builds(
    Moment,
    st.sampled_from(Sensitivity),
    st.sampled_from(PRIORITIES),
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from("klm"), st.sampled_from("12")),
    st.none() | st.integers(-10, 800_000),
    st.integers(0, 800_000),
)


def holds(when: When, job: Moment) -> bool:
    """What `docs/reference/formats.md` says of each condition, word by word."""
    left, backlog = when.time_left_below, when.private_backlog_above
    return all(
        (
            when.sensitivity is None or job.sensitivity in when.sensitivity,
            when.priority is None or job.priority in when.priority,
            when.namespaces is None or job.namespace in when.namespaces,
            when.labels is None or all(job.labels.get(key) == value for key, value in when.labels.items()),
            left is None or (job.seconds_left is not None and job.seconds_left < seconds(left)),
            backlog is None or job.backlog_seconds > seconds(backlog),
        )
    )


def deciding(policy: Policy, job: Moment) -> int | None:
    return next((index for index, rule in enumerate(policy.rules) if holds(rule.when, job)), None)


@given(policies, inventories)
def test_every_policy_is_judged_against_every_inventory(policy, pools):
    found = [*problems(policy, pools), *warnings(policy, pools)]
    assert all(problem.message and problem.location for problem in found)


@given(inventories)
def test_every_inventory_is_judged(pools):
    assert all(problem.location for problem in [*inventory_problems(pools), *inventory_warnings(pools)])


@given(tenants)
def test_every_list_of_grants_is_judged_and_warned_of_once(grants):
    found = [*tenants_problems(grants, "s3://faces/a/"), *tenants_warnings(grants)]
    assert len({(problem.location, problem.message) for problem in found}) == len(found)


@given(policies, moments)
def test_a_rule_that_decides_is_never_said_to_be_out_of_reach(policy, job):
    index = deciding(policy, job)
    if index is not None:
        assert (job.sensitivity, job.priority) in reach(policy.rules)[index]


@given(policies, moments)
def test_without_problems_a_restricted_job_is_always_offered_a_private_pool(policy, job):
    home = [problem for problem in problems(policy, KNOWN) if "place" in problem.location]
    assume(not home)
    restricted = job._replace(sensitivity=Sensitivity.RESTRICTED)
    index = deciding(policy, restricted)
    assert HOME & set((policy.default if index is None else policy.rules[index]).place)
