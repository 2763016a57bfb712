"""Evidence that proves nothing is not believed, and people are told why."""

from __future__ import annotations

from functools import partial
from operator import le

from support.runs import portrait
from support.waiting import soon

QUOTE = {"version": 1, "price": "0.20", "currency": "USD", "observedAt": "2026-01-01T00:00:00Z", "source": "test"}


def verdict(home, name: str) -> tuple[str, str]:
    """What is said of the pool that is priced by quotes."""
    found = home.job(name).get("status", {}).get("placement", {}).get("verdicts", [])
    return next(((each["reason"], each["message"]) for each in found if each["pool"] == "aws-spot"), ("", ""))


def test_a_quote_that_proves_nothing_places_nothing(home):
    home.apply(home.manifest("choosy", {"still": portrait()}, placement={"allowedPools": ["aws-spot"]}))
    soon(lambda: verdict(home, "choosy"), lambda seen: seen[0] == "PriceUnknown")

    for number, wrong in enumerate(
        [{"price": "-0.20"}, {"price": "NaN"}, {"currency": "EUR"}, {"observedAt": "2999-01-01T00:00:00Z"}], 1
    ):
        home.publish_price("aws-spot", QUOTE | wrong)
        soon(lambda: home.operator_log().count("price.refused"), partial(le, number))
        soon(lambda: home.metric("hybridface_prices_refused"), lambda count: count == 1)
        reason, message = verdict(home, "choosy")
        assert (reason, "publish a valid quote" in message) == ("PriceUnknown", True), wrong
    home.publish_price("aws-spot", b"not JSON")
    home.publish_price("nowhere", QUOTE)
    soon(lambda: home.metric("hybridface_prices_refused"), lambda count: count == 2)
    soon(home.operator_log, lambda log: "the inventory has no pool 'nowhere'" in log)

    home.publish_price("aws-spot", QUOTE)
    _, message = soon(lambda: verdict(home, "choosy"), lambda seen: seen[0] == "PriceTooOld")
    assert "at most 15m is believed" in message
    assert not home.job("choosy")["status"].get("attempts", {}).get("started")


def test_a_policy_that_is_refused_is_told_where_people_look(home):
    home.apply(home.manifest("asking", {"still": portrait()}, placement={"allowedPools": ["aws-spot"]}))
    soon(lambda: verdict(home, "asking"), lambda seen: seen[0] == "PriceUnknown")
    try:
        home.publish_policy({"version": 1, "default": {"place": ["nowhere"]}})

        said = soon(lambda: home.condition("asking", "PolicyCurrent"), lambda each: each.get("status") == "False")
        assert said["reason"] == "PolicyRefused"
        assert '"nowhere"' in said["message"]
        soon(lambda: home.metric("hybridface_policy_refused"), lambda count: count == 1)
        told = soon(lambda: home.events("hybridface-last-good-policy", home.home), lambda events: events)
        assert {(each["type"], each["reason"]) for each in told} >= {("Warning", "PolicyRefused")}
        assert '"nowhere"' in home.plane.kubectl(
            "describe", "configmap", "hybridface-last-good-policy", f"-n={home.home}"
        )
    finally:
        home.restore_policy()
    soon(lambda: home.condition("asking", "PolicyCurrent"), lambda each: each.get("status") == "True")
    soon(lambda: home.metric("hybridface_policy_refused"), lambda count: count == 0)
