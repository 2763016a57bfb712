"""Which quotes are believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from hybridface_operator.consul_kv.answer import Entry
from hybridface_operator.consul_kv.observation import Away, Hidden, Seen, Unchanged
from hybridface_operator.consul_kv.price_book import Market, PriceBook, observed
from support.consul_documents import NOON, POOLS, PREFIX, policy, quote

MARKET = Market(PREFIX, POOLS, policy())
HOUR = timedelta(hours=1)


def seen(*, at=NOON, filtered=False, **stored):
    keys = {f"{PREFIX}{name.replace('_', '-')}": value for name, value in stored.items()}
    return Seen(at, {key: Entry(key, value, 7) for key, value in keys.items()}, filtered)


def after(*observations, book=None, market=MARKET):
    book = book or PriceBook()
    for each in observations:
        book = observed(book, each, market)
    return book


@pytest.fixture
def known():
    return after(seen(aws_spot=quote("0.31")))


def test_a_good_quote_is_believed(known):
    assert known.quotes["aws-spot"].price == Decimal("0.31")
    assert not known.problems


BAD = {
    "not JSON": (b"0.31", "hybridface/prices/aws-spot"),
    "empty": (b"", "empty"),
    "NaN": (quote("NaN"), "price"),
    "a NaN of JSON": (quote(float("nan")), "NaN"),
    "negative": (quote("-0.10"), "price"),
    "a number": (quote(0.31), "price"),
    "another currency": (quote(currency="EUR"), "EUR"),
    "no currency": (quote(currency="dollars"), "currency"),
    "from the future": (quote(observed=NOON + HOUR), "future"),
    "no day": (quote(observedAt="2026-13-41T00:00:00Z"), "observedAt"),
    "without a source": (quote(source=""), "source"),
}


@pytest.mark.parametrize(("value", "named"), BAD.values(), ids=BAD)
def test_a_bad_quote_is_reported_and_the_one_before_it_stays(value, named, known):
    book = after(seen(aws_spot=value), book=known)
    assert book.quotes == known.quotes
    assert named in book.problems["aws-spot"]


@pytest.mark.parametrize("value", [value for value, _ in BAD.values()], ids=BAD)
def test_a_bad_quote_alone_is_never_believed(value):
    assert not after(seen(aws_spot=value)).quotes


def test_an_old_quote_is_kept_with_its_age():
    assert after(seen(at=NOON + 100 * HOUR, aws_spot=quote())).quotes["aws-spot"].observed_at == NOON.isoformat()


def test_a_name_that_is_no_pool_is_reported(known):
    book = after(seen(aws_spot=quote(), aws_spto=quote()), book=known)
    assert list(book.quotes) == ["aws-spot"]
    assert "no pool 'aws-spto'" in book.problems["aws-spto"]


def test_the_folder_itself_is_no_quote():
    folder = Seen(NOON, {PREFIX: Entry(PREFIX, b"", 7)}, filtered=False)
    assert after(folder).problems == {}


def test_a_deleted_quote_is_gone(known):
    assert not after(seen(), book=known).quotes


def test_a_quote_that_the_token_may_no_longer_see_is_not_deleted(known):
    assert after(seen(filtered=True), book=known).quotes == known.quotes
    hidden = after(Hidden(NOON, "denied"), book=known)
    assert hidden.quotes == known.quotes
    assert "key:read" in hidden.away


def test_that_some_are_kept_back_is_said_until_they_are_all_seen():
    kept_back = after(seen(filtered=True))
    assert f"key:read on {PREFIX}" in kept_back.away
    assert after(Unchanged(NOON + HOUR), book=kept_back).away == kept_back.away
    assert after(seen(aws_spot=quote()), book=kept_back).away == ""


def test_while_consul_is_away_quotes_stay_and_age(known):
    away = after(Away(NOON + HOUR, "no answer"), book=known)
    assert (away.quotes, away.away, away.last_contact) == (known.quotes, "no answer", NOON)
    assert after(Unchanged(NOON + 2 * HOUR), book=away).away == ""


def test_quotes_are_judged_anew_when_the_policy_changes_its_currency(known):
    euros = replace(MARKET, policy=policy(currency="EUR"))
    book = after(Unchanged(NOON + HOUR), book=known, market=euros)
    assert not book.quotes
    assert "USD" in book.problems["aws-spot"]
    assert after(Unchanged(NOON + HOUR), book=book).quotes == known.quotes


def test_a_quote_that_was_too_early_is_believed_when_its_time_has_come():
    book = after(seen(aws_spot=quote(observed=NOON + HOUR)))
    assert not book.quotes
    assert after(Unchanged(NOON + HOUR), book=book).quotes


def test_without_a_policy_no_currency_is_wrong():
    assert after(seen(aws_spot=quote(currency="EUR")), market=replace(MARKET, policy=None)).quotes
