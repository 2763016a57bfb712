"""What the chart hands to the operator is what the operator reads: by its own loaders, without a word left over."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hybridface_operator.catalogue import load_catalogue
from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.credentials.settings import StsSettings
from hybridface_operator.manifests.settings import ClaimCache, ImageCache, PodSettings
from hybridface_operator.policy.load import check_tenants, load_inventory, load_policy
from hybridface_operator.policy.reading import read
from hybridface_operator.serving.settings import OperatorSettings
from hybridface_operator.spec.load import load_document
from hybridface_worker.store.settings import StoreSettings
from support.chart import EXAMPLES, named, pods
from support.chart_pods import Unpacked
from support.kueue_page import VALUES

OPERATOR = {"namespaces": "second-operator"}


def load_pods(path):
    return read(PodSettings, load_document(path, "set of worker pods' settings"))


@pytest.fixture
def environment(rendered, tmp_path):
    """The variables of the operator of an example, with the files that they name."""

    def of(example):
        bodies = rendered(example)
        deployment = f"Deployment/{OPERATOR.get(example, 'hybridface-operator')}"
        return Unpacked(bodies, dict(pods(bodies))[deployment], tmp_path).environment()

    return of


def test_the_guide_to_kueue_has_values_that_the_chart_takes(helm, tmp_path):
    bodies = helm.render(EXAMPLES["minimal"], VALUES)

    deployment = dict(pods(bodies))["Deployment/hybridface-operator"]
    env = Unpacked(bodies, deployment, tmp_path).environment()
    inventory = load_inventory(Path(env["HYBRIDFACE_INVENTORY"]))
    assert [(pool.name, pool.queue_name) for pool in inventory.pools] == [("private", "gpus")]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_operator_starts_with_it(environment, example):
    env = environment(example)
    settings, store = OperatorSettings.from_env(env), StoreSettings.from_env(env)
    assert store.s3 is not None
    StsSettings.from_env(env, store.s3)
    ConsulSettings.from_env(env)
    inventory = load_inventory(settings.inventory)
    check_tenants(settings.tenants, settings.work_uri)
    load_catalogue(settings.catalogue)
    load_pods(settings.pods)
    values = yaml.safe_load(EXAMPLES[example].read_text())
    policy = values.get("initialPolicy", {}).get("document")
    if policy:
        settings.inventory.with_name("policy.yaml").write_text(yaml.safe_dump(policy))
        load_policy(settings.inventory.with_name("policy.yaml"), inventory)


def test_every_value_arrives(environment):
    env = environment("full")
    settings = OperatorSettings.from_env(env)
    assert (settings.namespace, settings.instance, settings.cluster) == ("hybridface-system", "pod-0", "rack-7")
    assert (settings.work_uri, settings.concurrency) == ("s3://work/hybridface/", 24)
    assert settings.allow_private_webhooks
    timing = settings.timing
    assert (timing.resync_seconds, timing.debounce_seconds, timing.watch_stale_seconds) == (60, 0.2, 90)
    assert settings.namespaces == ()
    consul = ConsulSettings.from_env(env)
    assert (consul.address, consul.prefix, consul.datacenter) == (
        "https://consul.example:8501",
        "estate/hybridface",
        "dc1",
    )
    assert consul.secret() == "token"
    assert consul.ca_file is not None
    assert consul.ca_file.read_text().strip().endswith("-----END CERTIFICATE-----")
    assert consul.client_key is not None
    store = StoreSettings.from_env(env).s3
    assert store is not None
    assert (store.endpoint, store.secure, store.region) == ("minio.example:9000", True, "eu-west-1")
    assert store.ca_file is not None
    sts = StsSettings.from_env(env, store)
    assert (sts.endpoint, sts.duration_seconds) == ("https://sts.example:9443", 7200)
    assert env["HYBRIDFACE_SERVICE_PATIENCE_SECONDS"] == "30"


def test_workers_get_what_values_say(environment):
    worker = load_pods(OperatorSettings.from_env(environment("full")).pods)
    assert worker.image == f"registry.example/worker@sha256:{'2' * 64}"
    assert worker.image_pull_secrets == ("registry",)
    assert worker.priority_class("urgent") == "estate-urgent"
    assert worker.store.endpoint == "https://minio.example:9000"
    assert worker.store.ca_config_map == "hybridface-storage-ca"
    assert worker.caches.private == ClaimCache(kind="persistentVolumeClaim", claim="hybridface-models-private")
    assert worker.caches.cloud == ImageCache(kind="image", reference="registry.example/models:1")
    assert worker.env == {"HYBRIDFACE_BATCH": "4"}
    assert worker.swap.cpu == "4"


def test_the_defaults_of_values_are_those_of_the_operator(environment):
    worker = load_pods(OperatorSettings.from_env(environment("minimal")).pods)
    fresh = type(worker)(image="hybridface-worker:0.1.0", store={"endpoint": "https://minio.example"})
    assert worker == fresh


def test_an_operator_of_namespaces_is_told_which(environment):
    settings = OperatorSettings.from_env(environment("namespaces"))
    assert settings.namespaces == ("garage-one", "garage-two")


def test_no_variable_is_set_that_nobody_reads(environment):
    class Asked(dict[str, str]):
        def __init__(self, env):
            super().__init__(env)
            self.names = set()

        def get(self, name, default=None):
            self.names.add(name)
            return super().get(name, default)

        def __getitem__(self, name):
            self.names.add(name)
            return super().__getitem__(name)

    env = Asked(environment("full"))
    OperatorSettings.from_env(env)
    ConsulSettings.from_env(env)
    store = StoreSettings.from_env(env).s3
    assert store is not None
    StsSettings.from_env(env, store)
    assert env.keys() - env.names == set()


def test_the_operators_start_anew_when_a_document_changes(helm):
    def checksum(*values):
        deployment = named(helm.render(EXAMPLES["minimal"], *values), "Deployment", "hybridface-operator")
        return deployment["spec"]["template"]["metadata"]["annotations"]["checksum/documents"]

    plain = checksum()
    assert plain == checksum()
    assert plain == checksum({"metrics": {"dashboard": {"enabled": True}}})
    for change in (
        {"tenants": [{"namespace": "studio"}]},
        {"workers": {"graceSeconds": 60}},
        {"objectStorage": {"ca": "-----BEGIN CERTIFICATE-----"}},
    ):
        assert checksum(change) != plain
