"""`hybridface policy` and `hybridface price`: what they say and what they exit with, against a real Consul."""

from __future__ import annotations

import json
import sys

import pytest

from hybridface_operator import cli
from support.consul_documents import INVENTORY, policy

POOLS, POLICY = "pools.json", "policy.json"


@pytest.fixture
def hybridface(settings, tmp_path, monkeypatch, capsys):
    """Runs the command in a folder with an inventory and a policy; returns status, output and complaint."""
    (tmp_path / POOLS).write_bytes(INVENTORY.to_bytes())
    (tmp_path / POLICY).write_bytes(policy().to_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYBRIDFACE_CONSUL_ADDRESS", settings.address)
    monkeypatch.setenv("HYBRIDFACE_CONSUL_TOKEN", settings.token)
    monkeypatch.setenv("HYBRIDFACE_CONSUL_PREFIX", settings.prefix)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["hybridface", *arguments])
        status = cli.main()
        return status, *capsys.readouterr()

    return run


def shown(hybridface):
    return json.loads(hybridface("policy", "show", "-o", "json")[1])


def test_a_policy_is_published_and_shown(hybridface, settings):
    status, out, err = hybridface("policy", "publish", POLICY, "--pools", POOLS)
    assert (status, err) == (0, "")
    assert out.startswith(f"{settings.policy_key}: published, index ")
    assert shown(hybridface) == {
        "key": settings.policy_key,
        "revision": int(out.split("index ")[1].split(",")[0]),
        "valid": True,
        "sha256": policy().digest(),
        "policy": json.loads(policy().to_bytes()),
    }
    assert "was there already" in hybridface("policy", "publish", POLICY, "--pools", POOLS)[1]


def test_a_first_policy_replaces_none(hybridface, settings, tmp_path):
    first = ("policy", "publish", POLICY, "--pools", POOLS, "--if-absent")
    assert "published, index " in hybridface(*first)[1]
    assert "was there already" in hybridface(*first)[1]
    (tmp_path / POLICY).write_bytes(policy("0.99").to_bytes())
    assert hybridface(*first) == (0, f"{settings.policy_key}: holds another policy, which stays\n", "")
    assert shown(hybridface)["sha256"] == policy().digest()


def test_the_table_names_rules_and_caps(hybridface, tmp_path):
    when = {"priority": ["low", "normal"], "sensitivity": ["public"]}
    rule = {"name": "campaign", "when": when, "place": ["aws-spot", "private"]}
    (tmp_path / POLICY).write_bytes(policy(rules=[rule]).to_bytes())
    hybridface("policy", "publish", POLICY, "--pools", POOLS)
    status, out, _ = hybridface("policy", "show", "--pools", POOLS)
    assert status == 0
    for word in (
        "campaign",
        "priority: low, normal",
        "aws-spot, private",
        "no rule matches",
        "0.35",
        policy().currency,
    ):
        assert word in out


def test_a_policy_that_does_not_validate_is_not_published(hybridface, tmp_path):
    (tmp_path / POLICY).write_bytes(policy(default={"place": ["aws-spot"]}).to_bytes())
    for command in ("validate", "publish"):
        status, out, err = hybridface("policy", command, POLICY, "--pools", POOLS)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "policy.json" in err
        assert "default.place" in err
    status, _, err = hybridface("policy", "show")
    assert status == 1
    assert "there is no policy" in err


def test_without_the_inventory_there_is_no_publishing(hybridface):
    status, _, err = hybridface("policy", "publish", POLICY)
    assert status == 2
    assert "--pools" in err


def test_a_rule_that_never_matches_is_a_warning(hybridface, tmp_path):
    rules = [{"name": name, "place": ["private"]} for name in ("all", "none")]
    (tmp_path / POLICY).write_bytes(policy(rules=rules).to_bytes())
    status, out, err = hybridface("policy", "validate", POLICY, "--pools", POOLS)
    assert (status, err.count("\n")) == (0, 1)
    assert "warning" in err
    assert "never matches" in err
    assert "valid, 2 rules" in out


def test_what_somebody_else_wrote_is_shown_with_what_is_wrong(hybridface, settings, tmp_path):
    hybridface("policy", "publish", POLICY, "--pools", POOLS)
    other = INVENTORY.model_copy(update={"pools": INVENTORY.pools[:1]})
    (tmp_path / POOLS).write_bytes(other.to_bytes())
    status, out, err = hybridface("policy", "show", "--pools", POOLS)
    assert status == 2
    assert "not in force" in out
    assert "aws-spot" in err


def test_a_price_is_published_with_its_date(hybridface, settings):
    status, out, err = hybridface("price", "publish", "aws-spot", "0.31", "--source", "feed", "--pools", POOLS)
    assert (status, err) == (0, "")
    assert out.startswith(f"{settings.prices_prefix}aws-spot: 0.31 USD per GPU-hour, observed at 20")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("aws-spot", "NaN"), "price"),
        (("aws-spot", "free"), "price"),
        (("aws-spot", "0.31", "--currency", "dollars"), "currency"),
        (("aws-spto", "0.31", "--pools", POOLS), 'did you mean "aws-spot"?'),
        (("aws/spot", "0.31"), "aws/spot"),
        (("aws-spot", "0.31", "--source", ""), "source"),
    ],
)
def test_a_price_that_would_not_be_believed_is_not_published(hybridface, arguments, named):
    status, out, err = hybridface("price", "publish", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert named in err


def test_without_an_address_it_says_which_variable_to_set(hybridface, monkeypatch):
    monkeypatch.delenv("HYBRIDFACE_CONSUL_ADDRESS")
    for arguments in (("policy", "show"), ("price", "publish", "aws-spot", "0.31")):
        status, _, err = hybridface(*arguments)
        assert (status, err.count("\n")) == (2, 1)
        assert "HYBRIDFACE_CONSUL_ADDRESS" in err


def test_consul_away_is_status_1_and_a_token_without_rights_2(hybridface, monkeypatch):
    monkeypatch.setenv("HYBRIDFACE_CONSUL_TOKEN", "8b4dd2ec-4f7c-4b43-b9fb-0a7dd5a4a1a5")
    assert hybridface("policy", "show")[0] == 2
    monkeypatch.setenv("HYBRIDFACE_CONSUL_ADDRESS", "http://127.0.0.1:1")
    status, _, err = hybridface("policy", "show")
    assert status == 1
    assert "127.0.0.1:1 is away" in err
