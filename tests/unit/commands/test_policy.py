"""`hybridface policy`, as far as it needs no Consul."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from hybridface_operator import cli
from hybridface_operator.commands.policy_shown import print_stored
from hybridface_operator.consul_kv.publish import Stored
from support.policies import AWS, PRIVATE, inventory, policy

RULES = """\
rules:
- {name: all, place: [private]}
- {name: none, place: [private]}
default: {place: [private]}
"""


def test_warnings_of_policy_and_inventory_say_where(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pools = inventory(PRIVATE, AWS | {"gpusPerNode": 8, "maxGpus": 4}).model_dump(mode="json", by_alias=True)
    Path("pools.yaml").write_text("# ours\n" + yaml.safe_dump(pools, default_flow_style=True, width=10_000))
    Path("policy.yaml").write_text(RULES)
    monkeypatch.setattr(sys, "argv", ["hybridface", "policy", "validate", "policy.yaml", "--pools", "pools.yaml"])
    assert cli.main() == 0
    out, err = capsys.readouterr()
    assert out.startswith("policy.yaml: valid, 2 rules, sha256 ")
    idle, shadowed = err.splitlines()
    assert idle.startswith("hybridface: warning: pools.yaml:2:")
    assert ": pools[1].maxGpus: 4 is less than one node has (8)" in idle
    assert shadowed == (
        'hybridface: warning: policy.yaml:3:3: rules[1]: "none" never matches: '
        "rules before it take every job that it is for"
    )


def test_brackets_in_labels_are_shown_as_they_are(capsys):
    print_stored(Stored("hybridface/policy", 1, policy({"when": {"labels": {"team": "[/b]"}}})))
    assert "team=[/b]" in capsys.readouterr().out
