"""Grants open what lies below them and nothing beside, told by another way of comparing: segment by segment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.policy.grants import granted
from hybridface_operator.policy.tenants import Grant
from support.policies_random import prefixes

uris = st.builds(lambda prefix, slash: prefix if slash else prefix.removesuffix("/"), prefixes, st.booleans())


def taken_apart(uri: str) -> list[str]:
    return uri.removesuffix("/").split("/")


def lies_below(uri: str, prefix: str) -> bool:
    there, granted_there = taken_apart(uri), taken_apart(prefix)
    is_bucket = len(granted_there) == len(taken_apart("s3://bucket/"))
    deeper = len(there) > len(granted_there) or uri.endswith("/") or is_bucket
    return deeper and there[: len(granted_there)] == granted_there


@given(st.lists(prefixes, max_size=4), st.lists(uris, max_size=6))
def test_open_is_what_lies_below_a_prefix(given_prefixes, asked):
    grant = Grant(namespace="a", read=tuple(given_prefixes))
    closed = [uri for uri in asked if not any(lies_below(uri, prefix) for prefix in given_prefixes)]
    assert [refusal.uri for refusal in granted(grant, asked, [])] == closed
    assert [refusal.uri for refusal in granted(grant, [], asked)] == asked


@given(st.text(), st.lists(prefixes, max_size=2))
def test_any_text_is_judged(text, given_prefixes):
    grant = Grant(namespace="a", read=tuple(given_prefixes))
    for refusal in granted(grant, [text], []):
        assert (refusal.uri, refusal.access) == (text, "read")
        assert refusal.message


@given(prefixes)
def test_a_prefix_opens_itself(prefix):
    grant = Grant(namespace="a", read=(prefix,), write=(prefix,))
    assert granted(grant, [prefix], [prefix]) == []
