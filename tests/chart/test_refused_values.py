"""Values that would fail later are refused before anything is installed, by a message that names the field."""

from __future__ import annotations

import pytest

from support.chart import CHART, EXAMPLES, HelmError

POOL = {"name": "private", "kind": "private", "maxGpus": 1}
ZONE = "node-restriction.kubernetes.io/hybridface-zone"
SELECTED_NODES = {"nodeSelector": {ZONE: "private"}}
SELECTED = POOL | SELECTED_NODES
CLOUD = POOL | {"name": "aws", "kind": "cloud"}
CLAIM = {"kind": "persistentVolumeClaim", "claim": "models"}

SCHEMA = {
    "a field that there is not": ({"operater": {}}, ["operater", "not allowed"]),
    "a field of an image that there is not": ({"operator": {"image": {"name": "x"}}}, ["/operator/image", "'name'"]),
    "text for a number": ({"operator": {"replicas": "two"}}, ["/operator/replicas", "integer"]),
    "too many replicas": ({"operator": {"replicas": 50}}, ["/operator/replicas", "5"]),
    "a digest of another kind": ({"workers": {"image": {"digest": "latest"}}}, ["/workers/image/digest", "sha256"]),
    "an unknown scope": ({"scope": "everything"}, ["/scope", "'cluster'", "'namespaces'"]),
    "no pools": ({"inventory": {"pools": []}}, ["/inventory/pools", "minItems"]),
    "a pool of no kind": ({"inventory": {"pools": [{"name": "a", "maxGpus": 1}]}}, ["/inventory/pools/0", "'kind'"]),
    "a private label that a kubelet could give itself": (
        {"inventory": {"privateNodes": {"key": "zone"}}},
        ["/inventory/privateNodes/key", "node-restriction"],
    ),
    "a private label without a value": (
        {"inventory": {"privateNodes": {"value": ""}}},
        ["/inventory/privateNodes/value", "minLength"],
    ),
    "a price that is a number": (
        {"inventory": {"pools": [SELECTED | {"pricePerGpuHour": 0.35}]}},
        ["/inventory/pools/0/pricePerGpuHour", "string"],
    ),
    "a tenant that says something else": (
        {"tenants": [{"namespace": "studio", "reads": ["s3://a/"]}]},
        ["/tenants/0", "'reads'"],
    ),
    "a namespace in capitals": ({"tenants": [{"namespace": "Studio"}]}, ["/tenants/0/namespace"]),
    "a prefix without its slash": (
        {"tenants": [{"namespace": "studio", "read": ["s3://faces/actors"]}]},
        ["/tenants/0/read/0", "s3://faces/actors"],
    ),
    "a prefix with a wildcard": (
        {"tenants": [{"namespace": "studio", "write": ["s3://faces/*/"]}]},
        ["/tenants/0/write/0", "s3://faces/*/"],
    ),
    "a model without a digest": (
        {"catalogue": {"m": {"kind": "swapper", "format": "inswapper", "uri": "s3://m/m", "licence": "x"}}},
        ["/catalogue/m", "'sha256'"],
    ),
    "an address without a scheme": ({"consul": {"address": "consul:8500"}}, ["/consul/address", "https?"]),
    "an address with a path": ({"objectStorage": {"endpoint": "https://a/b"}}, ["/objectStorage/endpoint"]),
    "a work prefix without its slash": ({"objectStorage": {"workUri": "s3://work"}}, ["/objectStorage/workUri"]),
    "credentials of a minute": (
        {"objectStorage": {"sts": {"durationSeconds": 60}}},
        ["/objectStorage/sts/durationSeconds", "3,600"],
    ),
    "a policy that the operator would refuse": (
        {"initialPolicy": {"document": {"rules": []}}},
        ["/initialPolicy/document", "'default'"],
    ),
    "an amount of nothing": ({"workers": {"swap": {"memory": "much"}}}, ["/workers/swap/memory"]),
    "a variable of somebody else": ({"operator": {"env": {"PATH": "/bin"}}}, ["/operator/env", "'PATH'"]),
    "a time that there is not": ({"operator": {"timing": {"naps": 1}}}, ["/operator/timing", "'naps'"]),
    "a value that was taken away": ({"operator": {"port": None}}, ["/operator", "'port'"]),
    "certificates that are a path": ({"consul": {"ca": "/etc/ca.crt"}}, ["/consul/ca", "BEGIN CERTIFICATE"]),
    "a way that is no peer": (
        {"networkPolicy": {"storage": {"to": [{"cidr": "10.0.0.0/8"}]}}},
        ["/networkPolicy/storage/to/0"],
    ),
}

TOGETHER = {
    "no Consul": ({"consul": {"address": ""}}, ["consul.address: say where", "trial.consul.enabled"]),
    "no object storage": ({"objectStorage": {"endpoint": ""}}, ["objectStorage.endpoint: say where"]),
    "no parent key": ({"objectStorage": {"parentKeySecret": ""}}, ["objectStorage.parentKeySecret: name a Secret"]),
    "workers that may go nowhere": (
        {"networkPolicy": {"storage": {"to": []}}},
        ["networkPolicy.storage.to: say where", "networkPolicy.enabled: false"],
    ),
    "certificates without TLS": (
        {"consul": {"address": "http://consul:8500", "clientCertSecret": "tls"}},
        ["consul.address: is http"],
    ),
    "a tenant where the lock does not hold": (
        {"tenants": [{"namespace": "hybridface-system"}]},
        ["tenants: hybridface-system is of the operator or the cluster"],
    ),
    "another where it does not": ({"tenants": [{"namespace": "kube-system"}]}, ["tenants: kube-system is of"]),
    "a tenant that may read what all jobs keep": (
        {"tenants": [{"namespace": "a", "read": ["s3://hybridface-work/a/"]}]},
        ["tenants: s3://hybridface-work/a/ would open s3://hybridface-work/"],
    ),
    "a tenant that may write above it": (
        {"objectStorage": {"workUri": "s3://all/work/"}, "tenants": [{"namespace": "a", "write": ["s3://all/"]}]},
        ["tenants: s3://all/ would open s3://all/work/"],
    ),
    "a tenant twice": ({"tenants": [{"namespace": "a"}, {"namespace": "a"}]}, ["tenants: a is there twice"]),
    "no namespaces to be restricted to": ({"scope": "namespaces", "cluster": "x"}, ["tenants: with scope: namespaces"]),
    "a cluster that cannot be asked for": (
        {"scope": "namespaces", "tenants": [{"namespace": "a"}]},
        ["cluster: with scope: namespaces"],
    ),
    "a pool twice": ({"inventory": {"pools": [SELECTED, SELECTED]}}, ["inventory.pools: private is there twice"]),
    "a cloud pool anywhere": ({"inventory": {"pools": [CLOUD]}}, ["inventory.pools: aws would take any node"]),
    "a name that no Service may have": ({"fullnameOverride": "4u"}, ["fullnameOverride: objects would be called 4u"]),
    "a name with a dot": ({"nameOverride": "hybrid.face"}, ["fullnameOverride: objects would be called", ".face"]),
    "a private pool anywhere": ({"inventory": {"pools": [POOL]}}, ["inventory.pools: private is private", ZONE]),
    "processors of a private pool anywhere": (
        {"inventory": {"pools": [SELECTED | {"cpu": {"nodeSelector": {"role": "cpu"}}}]}},
        ["inventory.pools: private is private"],
    ),
    "a cloud pool on private nodes": (
        {"inventory": {"pools": [CLOUD | {"nodeSelector": {ZONE: "private"}}]}},
        ["inventory.pools: aws is a cloud pool"],
    ),
    "a toleration of any value, with a value": (
        {"inventory": {"pools": [SELECTED | {"tolerations": [{"key": "gpu", "operator": "Exists", "value": "yes"}]}]}},
        ["inventory.pools: tolerations of private: with operator: Exists there is no value"],
    ),
    "a toleration of nothing in particular": (
        {"inventory": {"pools": [SELECTED | {"cpu": SELECTED_NODES | {"tolerations": [{"value": "a"}]}}]}},
        ["inventory.pools: tolerations of private: without a key"],
    ),
    "a toleration that ends, of a taint that evicts nobody": (
        {"operator": {"tolerations": [{"key": "gpu", "effect": "NoSchedule", "tolerationSeconds": 5}]}},
        ["operator.tolerations: tolerationSeconds goes with"],
    ),
    "a variable that another value sets": (
        {"operator": {"env": {"HYBRIDFACE_S3_REGION": "eu-west-1"}}},
        ["operator.env: HYBRIDFACE_S3_REGION is what another value says"],
    ),
    "a label by which the operator's pods are selected": (
        {"operator": {"podLabels": {"app.kubernetes.io/name": "mine"}}},
        ["operator.podLabels: app.kubernetes.io/name is the chart's own"],
    ),
    "one cache for both zones": (
        {"workers": {"caches": {"private": CLAIM, "cloud": CLAIM}}},
        ["workers.caches: private and cloud pods may not share a claim"],
    ),
    "a cache in an image that is not named": (
        {"workers": {"caches": {"cloud": {"kind": "image"}}}},
        ["workers.caches.cloud.reference: name the image"],
    ),
}
CASES = SCHEMA | TOGETHER


@pytest.mark.parametrize(("values", "words"), CASES.values(), ids=CASES)
def test_a_bad_value_is_refused_by_name(helm, values, words):
    with pytest.raises(HelmError) as refused:
        helm.render(EXAMPLES["minimal"], values)
    assert [word for word in words if word not in str(refused.value)] == []


def test_the_values_that_are_refused_differ_in_that_alone(helm):
    assert helm.render(EXAMPLES["minimal"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_chart_lints_without_a_warning(helm, name):
    assert "[WARNING]" not in helm("lint", "--strict", str(CHART), f"--values={EXAMPLES[name]}")
