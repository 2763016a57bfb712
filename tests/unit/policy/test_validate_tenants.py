"""Grants: one for a namespace, nothing of other jobs, and who can write what others read."""

from __future__ import annotations

import pytest

from hybridface_operator.policy.validate_tenants import tenants_problems, tenants_warnings
from support.policies import tenants

WORK = "s3://work/cluster/"


def said(found) -> list[str]:
    return [str(problem) for problem in found]


@pytest.mark.parametrize("prefix", ["s3://work/", "s3://work/cluster/", "s3://work/cluster/jobs/", "s3://work"])
def test_no_tenant_reaches_into_the_work_of_all_jobs(prefix):
    (message,) = said(tenants_problems(tenants({"namespace": "a", "read": [prefix]}), WORK))
    assert message.startswith("grants[0].read[0]: s3://work/")
    assert message.endswith(f"would open {WORK}, where the jobs of all tenants keep their work")


@pytest.mark.parametrize("prefix", ["s3://work/cluster-2/", "s3://work/clus/", "s3://workshop/", "s3://work/results/"])
def test_a_bucket_may_be_shared_with_the_work(prefix):
    for work in (WORK, WORK.removesuffix("/")):
        assert tenants_problems(tenants({"namespace": "a", "write": [prefix]}), work) == []


def test_a_namespace_has_one_grant():
    twice = tenants({"namespace": "a"}, {"namespace": "b"}, {"namespace": "a"})
    assert said(tenants_problems(twice)) == ['grants[2].namespace: "a" has a grant already, grants[0]: make it one']


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            {"write": ["s3://out/"]},
            {"read": ["s3://out/b/"]},
            "grants[1].read[0]: s3://out/b/ of b lies in s3://out/, which a may write",
        ),
        (
            {"read": ["s3://out/x/y/"]},
            {"write": ["s3://out/x/"]},
            "grants[0].read[0]: s3://out/x/y/ of a lies in s3://out/x/, which b may write",
        ),
        (
            {"write": ["s3://out/x/"]},
            {"write": ["s3://out/x/"]},
            "grants[1].write[0]: s3://out/x/ of b lies in s3://out/x/, which a may write",
        ),
        (
            {"read": ["s3://out/"]},
            {"write": ["s3://out/b/"]},
            "grants[1].write[0]: s3://out/b/ of b lies in s3://out/, which a may read",
        ),
    ],
)
def test_what_one_tenant_writes_and_another_opens_is_a_warning(first, second, message):
    both = tenants({"namespace": "a"} | first, {"namespace": "b"} | second)
    assert tenants_problems(both) == []
    assert said(tenants_warnings(both)) == [message]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"read": ["s3://faces/"]}, {"read": ["s3://faces/actors/"]}),
        ({"write": ["s3://out/act/"]}, {"write": ["s3://out/actor/"]}),
        ({"write": ["s3://out/"]}, {"write": ["s3://out-2/"]}),
    ],
)
def test_shared_libraries_and_names_that_begin_alike_are_no_warning(first, second):
    assert tenants_warnings(tenants({"namespace": "a"} | first, {"namespace": "b"} | second)) == []


def test_a_tenant_may_read_what_it_writes():
    assert tenants_warnings(tenants({"namespace": "a", "read": ["s3://own/"], "write": ["s3://own/x/"]})) == []


def test_a_thousand_tenants_of_one_prefix_are_each_warned_of_once():
    many = tenants(*({"namespace": f"t{number}", "write": ["s3://out/"] * 8} for number in range(1000)))
    assert len(tenants_warnings(many)) == 999 * 8
