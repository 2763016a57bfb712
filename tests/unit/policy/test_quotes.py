"""When a quote is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote, judge_quote
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.reasons import Reason

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
POLICY = Policy.model_validate({"default": {"place": ["private"]}, "limits": {"priceMaxAge": "15m"}})


def quote(age: timedelta = timedelta(), **changes: str) -> Quote:
    observed = (NOW - age).isoformat()
    return Quote.model_validate(
        {"price": "0.31", "currency": "USD", "observedAt": observed, "source": "feed"} | changes
    )


@pytest.mark.parametrize("age", [timedelta(), timedelta(minutes=15), timedelta(seconds=-60)])
def test_a_fresh_quote_is_believed(age):
    verdict = judge_quote(quote(age), POLICY, NOW)
    assert (verdict.price, verdict.reason) == (Decimal("0.31"), Reason.FITS)


def test_the_words_name_price_currency_and_age():
    message = judge_quote(quote(timedelta(minutes=3, seconds=5)), POLICY, NOW).message
    assert message == "0.31 USD per GPU-hour, 3m5s old"


def test_an_old_quote_is_too_old():
    verdict = judge_quote(quote(timedelta(minutes=15, microseconds=1)), POLICY, NOW)
    assert (verdict.price, verdict.reason) == (None, Reason.PRICE_TOO_OLD)
    assert verdict.message == "its price is 15m1s old, at most 15m is believed; publish a new one"


@pytest.mark.parametrize(
    ("doubtful", "words"),
    [
        (None, "unknown; publish a valid quote"),
        (quote(timedelta(seconds=-61)), "1m1s in the future"),
        (quote(currency="EUR"), "quoted in EUR, the policy counts in USD"),
    ],
)
def test_what_proves_nothing_is_unknown(doubtful, words):
    verdict = judge_quote(doubtful, POLICY, NOW)
    assert (verdict.price, verdict.reason) == (None, Reason.PRICE_UNKNOWN)
    assert words in verdict.message


def test_a_quote_of_another_zone_is_compared_as_an_instant():
    verdict = judge_quote(quote(observedAt="2026-11-01T14:00:00+02:00"), POLICY, NOW)
    assert verdict.message.endswith(", 0s old")


@pytest.mark.parametrize("price", ["NaN", "-1", "Infinity", "1e3", "1_0", " 1", "", "0.1234567", "1234567890"])
def test_what_is_no_amount_is_no_quote(price):
    with pytest.raises(ValidationError):
        quote(price=price)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-02-30T00:00:00Z", "not on the calendar"),
        ("2026-01-01T25:00:00Z", "not on the calendar"),
        ("2026-01-01T00:00:00+99:00", "must be a time with its zone"),
    ],
)
def test_a_time_that_never_was_is_no_quote(time, words):
    with pytest.raises(ValidationError, match=words):
        quote(observedAt=time)


def test_a_quote_may_be_dated_to_the_nanosecond():
    assert judge_quote(quote(observedAt="2026-11-01T11:59:59.123456789Z"), POLICY, NOW).reason == Reason.FITS


def test_a_stored_quote_is_read_back_to_the_digit():
    stored = quote(price="0.310")
    assert Quote.from_bytes(stored.to_bytes(), "price") == stored
    assert b'"price":"0.310"' in stored.to_bytes()


def test_a_price_is_text_and_never_a_binary_fraction():
    data = quote().to_bytes().replace(b'"0.31"', b"0.31")
    with pytest.raises(DocumentError, match=r'price: .*a decimal in quotes such as "12.00", found 0.31'):
        Quote.from_bytes(data, "price")
