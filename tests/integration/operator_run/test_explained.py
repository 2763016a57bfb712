"""`hybridface explain --live` says beforehand what the operator then does."""

from __future__ import annotations

import json

import yaml

from hybridface_operator.manifests.config import POLICY_NAME
from support.estate_documents import INVENTORY, named, quote
from support.runs import portrait
from support.waiting import soon

LABELS = {"app.kubernetes.io/part-of": "hybridface", "app.kubernetes.io/component": "operator"}


def test_what_is_explained_is_what_is_decided(home, tmp_path, monkeypatch):
    inventory = named("hybridface-inventory", home.home)
    inventory["metadata"]["labels"] = LABELS
    home.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", **inventory, "data": {"inventory.yaml": json.dumps(INVENTORY)}}
    )
    monkeypatch.setenv("HYBRIDFACE_CONSUL_ADDRESS", home.consul.url)
    monkeypatch.setenv("HYBRIDFACE_CONSUL_TOKEN", home.consul.token)
    monkeypatch.setenv("HYBRIDFACE_CONSUL_PREFIX", home.prefix)
    policy = ("get", "configmap", POLICY_NAME, f"-n={home.home}", "--ignore-not-found")
    soon(lambda: home.plane.kubectl(*policy), lambda kept: kept)
    home.publish_price("aws-spot", quote("0.55"))
    manifest = home.manifest("asked", {"still": portrait()}, placement={"allowedPools": ["aws-spot"]})
    path = tmp_path / "asked.yaml"
    path.write_text(yaml.safe_dump(manifest))

    options = (
        "--live",
        f"--kubeconfig={home.plane.kubeconfig}",
        f"--namespace={home.home}",
        "--phase=probe",
        "--output=json",
    )
    explained = json.loads(home.hybridface("explain", str(path), *options))
    home.apply(manifest)
    placement = soon(lambda: home.job("asked").get("status", {}).get("placement"), lambda seen: seen)

    assert explained["rule"] == placement["rule"] == "bulk"
    said = {each["pool"]: each["reason"] for each in explained["verdicts"]}
    assert said == {each["pool"]: each["reason"] for each in placement["verdicts"]}
    assert said["aws-spot"] == "PriceAboveCap"
