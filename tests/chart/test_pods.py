"""Every pod that the chart makes keeps the baselines: no root, no writable root, no token that it does not need."""

from __future__ import annotations

import pytest

from support.chart import EXAMPLES, named, pods


@pytest.mark.parametrize("example", EXAMPLES)
def test_pods_keep_the_baselines(rendered, example):
    found = dict(pods(rendered(example)))
    assert found
    for name, pod in found.items():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["runAsUser"] == 1000, name
        assert spec["automountServiceAccountToken"] is ("operator" in name.rpartition("/")[2] and "Deploy" in name), (
            name
        )
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            resources = container["resources"]
            assert resources["requests"].keys() == {"cpu", "memory", "ephemeral-storage"}, name
            assert resources["limits"].keys() >= {"memory", "ephemeral-storage"}, name
            assert "hostPath" not in str(spec.get("volumes", "")), name


@pytest.mark.parametrize("example", EXAMPLES)
def test_selectors_find_their_pods_and_hold_nothing_that_an_upgrade_changes(rendered, example):
    for body in rendered(example):
        if body["kind"] in {"Deployment", "StatefulSet"}:
            selector = body["spec"]["selector"]["matchLabels"]
            assert selector.items() <= body["spec"]["template"]["metadata"]["labels"].items()
            assert selector.keys() == {f"app.kubernetes.io/{each}" for each in ("name", "instance", "component")}


def test_a_roll_out_takes_no_operator_away_before_another_is_ready(rendered):
    spec = named(rendered("minimal"), "Deployment", "hybridface-operator")["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    probes = {each: container[f"{each}Probe"]["httpGet"]["path"] for each in ("startup", "liveness", "readiness")}
    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert container["ports"][0]["containerPort"] == 8080


def test_operators_are_spread_and_one_stays_in_a_drain(rendered):
    bodies = rendered("minimal")
    deployment = named(bodies, "Deployment", "hybridface-operator")["spec"]
    (spread,) = deployment["template"]["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"] == deployment["selector"]
    budget = named(bodies, "PodDisruptionBudget", "hybridface-operator")["spec"]
    assert (budget["selector"], budget["minAvailable"]) == (deployment["selector"], 1)
    assert not [body for body in rendered("namespaces") if body["kind"] == "PodDisruptionBudget"], (
        "one cannot be drained"
    )


def test_secrets_are_named_and_never_written(rendered):
    for example in EXAMPLES:
        secrets = [body for body in rendered(example) if body["kind"] == "Secret"]
        assert {body["metadata"]["name"] for body in secrets} == (
            {"hybridface-trial-minio-root", "hybridface-trial-parent-key"} if example == "trial" else set()
        )


def test_keys_of_the_trial_are_random(helm):
    def keys():
        bodies = helm.render(EXAMPLES["trial"])
        return {body["data"]["secret-key"] for body in bodies if body["kind"] == "Secret"}

    assert len(keys() | keys()) == 4


def test_pods_of_the_operators_image_run_where_it_does(rendered):
    places = {
        name: [pod["spec"].get(field) for field in ("imagePullSecrets", "nodeSelector", "tolerations")]
        for name, pod in pods(rendered("full"))
    }
    assert len(places) == 3
    for place in places.values():
        assert place == places["Deployment/hybridface-operator"]
        assert None not in place


def test_jobs_are_named_by_what_they_do(helm):
    def jobs(*values):
        return {body["metadata"]["name"] for body in helm.render(EXAMPLES["trial"], *values) if body["kind"] == "Job"}

    plain = jobs()
    assert len(plain) == 2
    assert jobs() == plain
    assert len(plain & jobs({"initialPolicy": {"document": {"currency": "EUR"}}})) == 1
    assert len(plain & jobs({"trial": {"minio": {"buckets": ["one"]}}})) == 1
    assert plain.isdisjoint(jobs({"operator": {"image": {"tag": "2"}}}))
