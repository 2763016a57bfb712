"""Any quote is judged at any time, and one that is believed is fresh."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import CLOCK_SKEW, judge_quote
from hybridface_operator.policy.types import moment
from hybridface_operator.spec.types import seconds
from hybridface_worker.contract.reasons import Reason
from support.policies_random import moments, policies, quotes


@given(st.none() | quotes, policies, moments)
def test_any_quote_is_judged(quote, policy, now):
    verdict = judge_quote(quote, policy, now)
    assert (verdict.price is not None) == (verdict.reason == Reason.FITS)
    assert verdict.message


@given(quotes, policies, st.timedeltas(timedelta(hours=-1), timedelta(days=9)))
def test_a_quote_is_believed_exactly_while_it_is_fresh_and_in_the_policys_currency(quote, policy: Policy, age):
    observed = moment(quote.observed_at)
    try:
        now = observed + age
    except OverflowError:
        return
    fresh = -CLOCK_SKEW <= age <= timedelta(seconds=seconds(policy.limits.price_max_age))
    believed = judge_quote(quote, policy, now).price is not None
    assert believed == (fresh and quote.currency == policy.currency)
