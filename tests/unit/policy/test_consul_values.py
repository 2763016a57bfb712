"""Values of Consul: JSON and nothing else, within bounds."""

from __future__ import annotations

import json

import pytest

from hybridface_operator.policy.load import MAX_POLICY_BYTES, MAX_QUOTE_BYTES, parse_policy, parse_quote
from hybridface_operator.spec.problems import SpecError
from support.policies import inventory, policy

WHERE = "hybridface/policy"
GOOD = policy({"when": {"priority": ["high"]}}, pools={"aws-spot": {"maxPricePerGpuHour": "0.35"}})
QUOTE = {"price": "0.31", "currency": "USD", "observedAt": "2026-11-01T11:55:00Z", "source": "feed"}


def said(data: bytes) -> str:
    with pytest.raises(SpecError) as caught:
        parse_policy(data, WHERE, inventory())
    return str(caught.value)


def test_what_is_published_is_read_back():
    assert parse_policy(GOOD.to_bytes(), WHERE, inventory()) == GOOD


def test_spaces_and_lines_do_not_matter():
    pretty = json.dumps(json.loads(GOOD.to_bytes()), indent=4).encode()
    assert parse_policy(pretty, WHERE, inventory()).digest() == GOOD.digest()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"default: {place: [private]}", "1:1: not JSON: Expecting value"),
        (b'{"default": {"place": ["private"]}', "1:35: not JSON: Expecting ',' delimiter"),
        (b'{"default":\n NaN}', "not JSON: NaN is no number"),
        (b'{"limits": {"maxCpuPods": -Infinity}}', "not JSON: -Infinity is no number"),
        (b'{"default": {"place": ["private"]}, "default": {}}', 'the key "default" comes twice in one object'),
        (b"\xff\xfe{}", "not UTF-8: byte 0xff"),
        (b"[" * 100 + b"]" * 100, "nested deeper than 32 levels"),
        (b"[" * 30_000 + b"]" * 30_000, "nested deeper than 32 levels"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested deeper than 32 levels"),
        (b"null", "must be a mapping, found null"),
        (b"[]", "must be a mapping, found a list"),
        (b'"{}"', 'must be a mapping, found "{}"'),
        (b"{}", "default: is required"),
        (b" " * 600_000, f"has 600000 bytes; at most {MAX_POLICY_BYTES} are read"),
        (b'{"default": {"place": ["nowhere"]}}', 'default.place[0]: the inventory has no pool "nowhere"; known'),
    ],
)
def test_a_bad_value_is_refused_with_the_reason(data, message):
    place = f"{WHERE}:{message}" if message[0].isdigit() else f"{WHERE}: {message}"
    assert said(data).startswith(place)


@pytest.mark.parametrize("data", [b'{"default": {"place": ["\\ud800"]}}', b"9" * 10_000, b'{"version": 1e400}'])
def test_what_json_can_spell_and_nobody_can_use_is_refused(data):
    assert said(data).startswith(WHERE)


def test_a_quote_is_read():
    assert parse_quote(json.dumps(QUOTE).encode(), "hybridface/prices/aws-spot").source == "feed"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"price": "NaN"}, 'price: must be a decimal in quotes such as "12.00", found "NaN"'),
        ({"price": "-0.31"}, 'price: must be a decimal in quotes such as "12.00", found "-0.31"'),
        ({"price": 0.31}, 'price: must be a decimal in quotes such as "12.00", found 0.31'),
        ({"currency": "usd"}, 'currency: must be a currency code of three capital letters such as USD, found "usd"'),
        (
            {"observedAt": "yesterday"},
            'observedAt: must be a time with its zone such as "2027-01-01T00:00:00Z", found "yesterday"',
        ),
        ({"source": ""}, "source: must have at least 1 characters, found 0"),
        ({"note": "x"}, "note: unknown field; known here: version, price, currency, observedAt, source"),
        ({"source": "x" * MAX_QUOTE_BYTES}, "has 4184 bytes; at most 4096 are read"),
    ],
)
def test_a_bad_quote_is_refused_with_the_reason(change, message):
    with pytest.raises(SpecError) as caught:
        parse_quote(json.dumps(QUOTE | change).encode(), "key")
    assert str(caught.value).startswith(f"key: {message}")
