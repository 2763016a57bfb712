"""The operator and its Consul: over TLS, with certificates on both sides and a token that reads what is its own."""

from __future__ import annotations

import json

import urllib3

from hybridface_operator.policy.policy import Policy
from support.estate_documents import POLICY
from support.waiting import soon


def in_force(home) -> str:
    """The digest of the policy in force, as metrics say."""
    lines = home.operator.metrics().splitlines()
    return next((line for line in lines if line.startswith("hybridface_policy_info")), "")


def is_usual(seen: str) -> bool:
    """Whether it is the policy that every test finds; the test before may have left it to be heard of."""
    return Policy.from_bytes(json.dumps(POLICY).encode(), "test").digest() in seen


def test_an_operator_reads_over_tls_with_a_token_that_cannot_write(home):
    assert home.access.environment["HYBRIDFACE_CONSUL_ADDRESS"].startswith("https://")
    with urllib3.PoolManager(retries=False, timeout=60) as http:
        headers = {"X-Consul-Token": home.access.consul_token.read_text()}
        url = f"{home.consul.url}/v1/kv/{home.prefix}/policy"
        assert http.request("GET", url, headers=headers).status == 200
        assert http.request("PUT", url, body=b"{}", headers=headers).status == 403
        assert http.request("GET", f"{home.consul.url}/v1/kv/other/policy", headers=headers).status in (403, 404)

    before = soon(lambda: in_force(home), is_usual)
    home.publish_policy(POLICY | {"limits": POLICY["limits"] | {"dwell": "4s"}})
    try:
        soon(lambda: in_force(home), lambda seen: seen not in ("", before))
    finally:
        home.restore_policy()
    soon(lambda: in_force(home), lambda seen: seen == before)


def test_a_token_that_is_rotated_is_taken_up_and_the_old_one_is_not_missed(home):
    before = soon(lambda: in_force(home), is_usual)
    home.access.rotate_consul()

    home.publish_policy(POLICY | {"limits": POLICY["limits"] | {"dwell": "5s"}})
    try:
        soon(lambda: in_force(home), lambda seen: seen not in ("", before))
    finally:
        home.restore_policy()
    soon(lambda: in_force(home), lambda seen: seen == before)
