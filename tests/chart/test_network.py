"""Who may reach what: workers object storage and DNS, operators what they talk to."""

from __future__ import annotations

import pytest

from hybridface_operator.spec import labels
from support.chart import EXAMPLES, named, pods

DNS = {("namespaceSelector", "kube-system")}
ANYWHERE_AT_ALL = ("anywhere", "")
ANYWHERE = {ANYWHERE_AT_ALL}


def policy(bodies, name, namespace="studio"):
    return named(bodies, "NetworkPolicy", name, namespace)["spec"]


def ways(rules):
    """Every pair of a port and a place that the rules open."""
    return {
        (port["port"], place)
        for rule in rules
        for port in rule["ports"]
        for peer in rule.get("to", [None])
        for place in places(peer)
    }


def places(peer):
    if peer is None:
        return ANYWHERE
    if "ipBlock" in peer:
        return {("ipBlock", peer["ipBlock"]["cidr"])}
    labels = {
        **peer.get("namespaceSelector", {}).get("matchLabels", {}),
        **peer.get("podSelector", {}).get("matchLabels", {}),
    }
    found = labels.get("app.kubernetes.io/component") or labels.get("kubernetes.io/metadata.name")
    return {("podSelector" if "podSelector" in peer else "namespaceSelector", found)}


def test_workers_reach_object_storage_and_dns_alone(rendered):
    spec = policy(rendered("full"), "hybridface-worker")
    assert spec["podSelector"] == {"matchExpressions": [{"key": labels.UID, "operator": "Exists"}]}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in spec
    storage = (9000, ("ipBlock", "10.20.0.0/16"))
    assert ways(spec["egress"]) == {storage, *((53, place) for place in DNS)}


def test_workers_of_a_trial_reach_its_minio_and_no_other_pod_of_the_operators_namespace(rendered):
    spec = policy(rendered("trial"), "hybridface-worker")
    assert ways(spec["egress"]) == {(9000, ("podSelector", "trial-minio")), *((53, place) for place in DNS)}
    (peer,) = spec["egress"][1]["to"]
    minio = next(pod for name, pod in pods(rendered("trial")) if name.endswith("trial-minio"))
    assert peer["podSelector"]["matchLabels"].items() <= minio["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("address", "port"), [("https://s3.example", 443), ("http://s3.example", 80), ("http://s:9", 9)]
)
def test_the_port_is_that_of_the_address(helm, address, port):
    values = {"objectStorage": {"endpoint": address}, "tenants": [{"namespace": "studio"}]}
    spec = policy(helm.render(EXAMPLES["minimal"], values), "hybridface-worker")
    assert (port, ("ipBlock", "10.20.0.0/16")) in ways(spec["egress"])


def test_behind_a_service_the_ports_of_its_pods_are_open_too(helm):
    values = {"networkPolicy": {"storage": {"ports": [9000]}, "consul": {"ports": [8500]}}}
    addresses = {"consul": {"address": "http://consul-ui.consul"}, "objectStorage": {"endpoint": "https://minio.minio"}}
    bodies = helm.render(EXAMPLES["minimal"], values, addresses, {"tenants": [{"namespace": "studio"}]})
    for name, namespace in (("hybridface-worker", "studio"), ("hybridface-operator", "hybridface-system")):
        open_ways = ways(policy(bodies, name, namespace)["egress"])
        assert {(port, ("ipBlock", "10.20.0.0/16")) for port in (443, 9000)} <= open_ways, name
    assert (8500, ANYWHERE_AT_ALL) in open_ways


@pytest.mark.parametrize("namespace", ["studio", "portraits"])
def test_nothing_else_in_a_tenants_namespace_reaches_anything(rendered, namespace):
    spec = policy(rendered("full"), "hybridface-default-deny", namespace)
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    policies = [body["metadata"]["name"] for body in rendered("namespaces") if body["kind"] == "NetworkPolicy"]
    assert "hybridface-default-deny" not in policies


def test_the_operator_reaches_what_it_talks_to_and_is_asked_for_metrics_alone(rendered):
    spec = policy(rendered("full"), "hybridface-operator", "hybridface-system")
    assert ways(spec["egress"]) == {
        *((53, place) for place in DNS),
        (443, ("ipBlock", "10.0.0.1/32")),
        (6443, ("ipBlock", "10.0.0.1/32")),
        (8501, ("ipBlock", "10.30.0.0/24")),
        (9000, ("ipBlock", "10.20.0.0/16")),
        (9443, ("ipBlock", "10.20.0.0/16")),
        (443, ("ipBlock", "0.0.0.0/0")),
        ("http", ("podSelector", "operator")),
    }
    (rule,) = spec["ingress"]
    assert [port["port"] for port in rule["ports"]] == ["http"]
    assert [labels for peer in rule["from"] for labels in places(peer)] == [
        ("podSelector", "test"),
        ("namespaceSelector", "monitoring"),
    ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_operators_policy_holds_for_every_pod_that_is_no_trial_server(rendered, example):
    bodies = rendered(example)
    name = "second-operator" if example == "namespaces" else "hybridface-operator"
    (components,) = policy(bodies, name, "hybridface-system")["podSelector"]["matchExpressions"]
    made = {pod["metadata"]["labels"]["app.kubernetes.io/component"] for _, pod in pods(bodies)}
    assert made - set(components["values"]) <= {"trial-minio", "trial-consul"}


@pytest.mark.parametrize(
    ("server", "port", "clients"),
    [("trial-consul", "http", {"operator", "initial-policy"}), ("trial-minio", "s3", {"operator", "trial-setup"})],
)
def test_a_trial_server_is_asked_by_those_it_is_for_and_asks_nobody(rendered, server, port, clients):
    bodies = rendered("trial")
    spec = policy(bodies, f"hybridface-{server}", "hybridface-system")
    labels_of = dict(pods(bodies))[f"StatefulSet/hybridface-{server}"]["metadata"]["labels"]
    assert spec["podSelector"]["matchLabels"].items() <= labels_of.items()
    assert (spec["policyTypes"], "egress" in spec) == (["Ingress", "Egress"], False)
    (rule,) = spec["ingress"]
    assert [each["port"] for each in rule["ports"]] == [port]
    own, *tenants = rule["from"]
    assert "namespaceSelector" not in own
    assert {*own["podSelector"]["matchExpressions"][0]["values"]} == clients
    workers = [
        {
            "namespaceSelector": {
                "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["studio"]}]
            },
            "podSelector": {"matchExpressions": [{"key": labels.UID, "operator": "Exists"}]},
        }
    ]
    assert tenants == (workers if server == "trial-minio" else [])


def test_without_network_policies_there_are_none(helm):
    bodies = helm.render(EXAMPLES["full"], {"networkPolicy": {"enabled": False}})
    assert "NetworkPolicy" not in {body["kind"] for body in bodies}
