"""The files in policies/ are read as they are, and say what the guide says of them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from hybridface_operator.policy.load import (
    check_tenants,
    load_inventory,
    load_policy,
    parse_policy,
    parse_quote,
)
from hybridface_operator.policy.quotes import judge_quote
from hybridface_operator.policy.reading import read
from hybridface_operator.policy.types import moment
from hybridface_operator.policy.validate import warnings
from hybridface_operator.policy.validate_inventory import inventory_warnings
from hybridface_operator.routing.allocate import route
from hybridface_operator.routing.facts import Facts
from hybridface_operator.routing.request import Request
from hybridface_operator.spec.load import load_document
from hybridface_operator.spec.problems import SpecError
from support.policies import EXAMPLES

INVENTORY = load_inventory(EXAMPLES / "inventory.yaml")
POLICY = load_policy(EXAMPLES / "policy.yaml", INVENTORY)
FACTS = read(Facts, load_document(EXAMPLES / "facts.yaml", "set of facts"))
PRICES = sorted((EXAMPLES / "prices").iterdir())
ORDINARY = {
    "job": {"namespace": "studio", "name": "clip", "uid": "u1"},
    "phase": "swap",
    "created": "2026-11-01T11:30:00Z",
    "sensitivity": "internal",
    "priority": "normal",
    "modelSet": "blend",
    "shards": 8,
    "frames": 4096,
}
READ = {"inventory.yaml", "policy.yaml", "legacy.json", "tenants.yaml", "facts.yaml", "prices"}


def test_every_example_is_read_by_a_test():
    assert {file.name for file in EXAMPLES.iterdir() if ".schema." not in file.name} == READ


def test_nothing_in_them_is_likely_a_mistake():
    assert inventory_warnings(INVENTORY) == []
    assert warnings(POLICY, INVENTORY) == []
    assert check_tenants(EXAMPLES / "tenants.yaml", "s3://hybridface-work/cluster/")[1] == []


def test_the_routing_table_is_the_one_of_the_guide():
    table = [(rule.name, rule.place) for rule in POLICY.rules]
    assert table == [
        ("portraits-stay-home", ("private",)),
        ("urgent", ("azure-low-latency", "private")),
        ("campaign", ("aws-spot", "private")),
        ("private-is-full", ("private", "aws-spot", "gcp-spot")),
    ]
    assert POLICY.default.place == ("private",)


@pytest.mark.parametrize(
    ("job", "backlog_seconds", "rule", "pools"),
    [
        ({}, 240, "default", ["private"]),
        ({}, 660, "private-is-full", ["private", "aws-spot"]),
        ({"labels": {"hybridface.dev/campaign": "true"}}, 240, "campaign", ["aws-spot"]),
        ({"sensitivity": "restricted", "priority": "urgent"}, 660, "portraits-stay-home", ["private"]),
        ({"deadline": "2026-11-01T12:04:59Z"}, 240, "urgent", ["azure-low-latency"]),
    ],
)
def test_jobs_go_where_the_guide_says(job, backlog_seconds, rule, pools):
    private = FACTS.pools["private"].model_copy(update={"backlog_seconds": backlog_seconds})
    facts = FACTS.model_copy(update={"pools": FACTS.pools | {"private": private}})
    request = ORDINARY | job
    placement = route(Request.model_validate(request), INVENTORY, POLICY, facts)
    assert (placement.rule, [share.pool for share in placement.shares]) == (rule, pools)


def test_a_campaign_goes_home_while_the_spot_price_is_above_its_cap():
    quote = parse_quote((EXAMPLES / "prices/aws-spot.json").read_bytes(), "aws-spot")
    dear = quote.model_copy(update={"price": Decimal("0.36")})
    spot = FACTS.pools["aws-spot"].model_copy(update={"quote": dear})
    facts = FACTS.model_copy(update={"pools": FACTS.pools | {"aws-spot": spot}})
    request = Request.model_validate(ORDINARY | {"labels": {"hybridface.dev/campaign": "true"}})
    placement = route(request, INVENTORY, POLICY, facts)
    assert [share.pool for share in placement.shares] == ["private"]


def test_every_pool_that_the_policy_uses_has_a_cap_on_its_price():
    used = {pool for rule in POLICY.rules for pool in rule.place} - {"private"}
    assert used == {name for name, caps in POLICY.pools.items() if caps.max_price_per_gpu_hour is not None}


def test_the_older_form_is_the_same_kind_of_policy():
    policy = load_policy(EXAMPLES / "legacy.json", INVENTORY)
    assert [rule.place for rule in policy.rules] == [("private",), ("aws-spot",), ("azure-low-latency",)]
    assert parse_policy((EXAMPLES / "legacy.json").read_bytes(), "consul", INVENTORY) == policy
    assert warnings(policy, INVENTORY) == []


@pytest.mark.parametrize("file", PRICES, ids=lambda path: path.name)
def test_a_price_is_of_a_pool_and_fresh_by_the_facts(file: Path):
    quote = parse_quote(file.read_bytes(), file.name)
    assert FACTS.pools[file.stem].quote == quote
    assert INVENTORY.pool(file.stem).kind == "cloud"
    assert judge_quote(quote, POLICY, moment(FACTS.now)).price == quote.price


def test_the_facts_speak_of_pools_that_there_are():
    assert {pool.name for pool in INVENTORY.pools} == FACTS.pools.keys()


def test_what_would_be_published_is_json_that_consul_holds():
    assert json.loads(POLICY.to_bytes())["rules"][0]["name"] == "portraits-stay-home"
    assert parse_policy(POLICY.to_bytes(), "consul", INVENTORY) == POLICY


def test_the_guide_shows_the_policy_that_is_there():
    guide = (EXAMPLES.parent / "docs/guides/policy.md").read_text()
    shown, *_ = re.findall(r"^```yaml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert yaml.safe_load(shown) == yaml.safe_load((EXAMPLES / "policy.yaml").read_text())


def test_the_problems_that_the_guide_shows_are_real(tmp_path, monkeypatch):
    guide = (EXAMPLES.parent / "docs/guides/policy.md").read_text()
    monkeypatch.chdir(tmp_path)
    ((text, messages),) = re.findall(r"^```yaml\n([^`]*)^```\n\n```\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    Path("policy.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        load_policy("policy.yaml", INVENTORY)
    assert f"{caught.value}\n" == messages


def test_the_price_and_the_older_form_that_the_guide_shows_are_read():
    guide = (EXAMPLES.parent / "docs/guides/policy.md").read_text()
    price, older = re.findall(r"^```json\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert parse_quote(price.encode(), "guide") == FACTS.pools["aws-spot"].quote
    assert parse_policy(older.encode(), "guide", INVENTORY).rules[0].place == ("aws-spot",)
