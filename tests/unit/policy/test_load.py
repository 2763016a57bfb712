"""Files of inventories, policies and grants: what is read, and what is said where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hybridface_operator.policy.load import MAX_POLICY_BYTES, check_policy, check_tenants, load_inventory, load_policy
from hybridface_operator.spec.problems import SpecError
from support.policies import inventory, policy

INVENTORY = inventory()


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file into the working folder and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "policy.yaml") -> str:
        Path(name).write_text(text)
        return name

    return write


def said(load, *arguments) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(*arguments)
    return str(caught.value).splitlines()


def test_yaml_and_json_are_the_same_policy(write):
    text = "default: {place: [private]}\nlimits: {priceMaxAge: 5m}\n"
    expected = policy(limits={"priceMaxAge": "5m"})
    assert load_policy(write(text), INVENTORY) == expected
    assert load_policy(write(expected.to_bytes().decode(), "policy.json"), INVENTORY) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "defalt: {place: [private]}\n",
            'policy.yaml:1:1: default: is required\npolicy.yaml:1:1: defalt: unknown field; did you mean "default"?',
        ),
        (
            "default: {place: [private]}\nrules:\n- name: a\n  wen: {}\n  place: [private]\n",
            'policy.yaml:4:3: rules[0].wen: unknown field; did you mean "when"?',
        ),
        (
            "default: {place: [private]}\nrules:\n- name: a\n  when: {sensitivity: [secret]}\n  place: [private]\n",
            (
                "policy.yaml:4:24: rules[0].when.sensitivity[0]: "
                "must be 'public', 'internal' or 'restricted', found \"secret\""
            ),
        ),
        (
            "default: {place: [private]}\npools:\n  aws-spot: {maxPricePerGpuHour: 0.35}\n",
            (
                "policy.yaml:3:14: pools.aws-spot.maxPricePerGpuHour: "
                'must be a decimal in quotes such as "12.00", found 0.35'
            ),
        ),
        (
            'default: {place: [private]}\npools:\n  aws-spot: {maxGpus: "8"}\n',
            'policy.yaml:3:14: pools.aws-spot.maxGpus: must be a whole number, found "8"',
        ),
        (
            "default:\n  place:\n  - privat\n",
            (
                "policy.yaml:3:5: default.place[0]: "
                'the inventory has no pool "privat"; did you mean "private"?\n'
                "policy.yaml:2:3: default.place: "
                "restricted jobs that no rule is for need a private pool; private pools: private"
            ),
        ),
        ("default: {place: [private]}\nversion: 2\n", "policy.yaml:2:1: version: must be 1, found 2"),
        ("- a\n", "policy.yaml:1:1: must be a mapping, found a list"),
        ("", "policy.yaml: has 0 documents; one policy is wanted"),
        ("a: 1\n---\nb: 2\n", "policy.yaml: has 2 documents; one policy is wanted"),
        ("default: {place: [a], place: [b]}\n", 'policy.yaml:1:23: default: the key "place" comes twice'),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(write, text, message):
    assert said(load_policy, write(text), INVENTORY) == message.splitlines()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('"place": ["private"], "when": {"priority": ["hi"]}', "5:48: rules[0].when.priority[0]: must be "),
        ('"place": ["privat"]', '5:14: rules[0].place[0]: the inventory has no pool "privat"; did you mean "private"?'),
        ('"place": ["private",]', "5:24: not JSON: "),
    ],
)
def test_json_has_lines_and_columns_too(write, rule, message):
    text = '{\n\t"default": {"place": ["private"]},\n\t"rules": [\n\t\t{"name": "a",\n\t\t\t' + rule + "}\n\t]\n}\n"
    (problem,) = said(load_policy, write(text, "policy.json"), INVENTORY)
    assert problem.startswith(f"policy.json:{message}")


def test_warnings_are_of_the_rules_as_they_are_written(write):
    rules = "- use_cloud: false\n- priority: high\n"
    _, (warning,) = check_policy(write(f"task_rules:\n{rules}"), INVENTORY)
    assert str(warning).startswith('policy.yaml:3:3: task_rules[1]: "task-rule-2" never matches')


def test_a_policy_that_would_not_be_read_from_consul_is_not_read_from_a_file(write):
    rules = [
        {"name": f"r{number}", "when": {"labels": {"x": "y" * 500}}, "place": ["private"]} for number in range(150)
    ]
    (message,) = said(
        load_policy, write(yaml.safe_dump({"rules": rules, "default": {"place": ["private"]}})), INVENTORY
    )
    assert message.endswith(f"bytes as JSON; at most {MAX_POLICY_BYTES} are read: make rules wider, and fewer")


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert said(load_inventory, tmp_path / "none.yaml") == [f"{tmp_path}/none.yaml: there is no such file"]


def test_an_inventory_is_held_against_its_rules(write):
    text = """\
privateNodes: {key: node-restriction.kubernetes.io/zone, value: private}
pools:
- {name: private, kind: private, maxGpus: 8, nodeSelector: {zone: private}}
"""
    assert said(load_inventory, write(text, "pools.yaml")) == [
        (
            "pools.yaml:3:46: pools[0].nodeSelector: a private pool selects private nodes alone: "
            "add `node-restriction.kubernetes.io/zone: private`"
        )
    ]


def test_a_label_that_a_kubelet_can_give_itself_makes_no_node_private(write):
    text = "privateNodes: {key: zone, value: private}\npools: [{name: a, kind: cloud, maxGpus: 1}]\n"
    assert said(load_inventory, write(text, "pools.yaml")) == [
        (
            "pools.yaml:1:16: privateNodes.key: must be a label with the prefix node-restriction.kubernetes.io/, "
            'which a kubelet cannot set, found "zone"'
        )
    ]


def test_grants_are_held_against_their_rules(write):
    text = "grants:\n- {namespace: studio, read: [s3://work/]}\n- {namespace: studio, read: [s3://inbox]}\n"
    name = write(text, "tenants.yaml")
    assert said(check_tenants, name, "s3://work/cluster/") == [
        'tenants.yaml:3:4: grants[1].namespace: "studio" has a grant already, grants[0]: make it one',
        (
            "tenants.yaml:2:30: grants[0].read[0]: s3://work/ would open s3://work/cluster/, "
            "where the jobs of all tenants keep their work"
        ),
    ]


@pytest.mark.parametrize("prefix", ["s3://inbox/clip.mp4", "file:///srv/", "s3://inbox/*/", "s3://in/../x/", "inbox/"])
def test_a_grant_names_a_literal_prefix(write, prefix):
    text = f"grants:\n- namespace: studio\n  read:\n  - {prefix!r}\n"
    (message,) = said(check_tenants, write(text, "tenants.yaml"), "s3://work/")
    assert message.startswith(f"tenants.yaml:4:5: grants[0].read[0]: {prefix!r}: ")
