"""What the operator's environment says, and what it is told where that is wrong."""

from __future__ import annotations

import pytest

from hybridface_operator.errors import UsageError
from hybridface_operator.serving.settings import OperatorSettings


@pytest.fixture
def env(tmp_path):
    """The least that an operator needs."""
    files = {name: tmp_path / f"{name}.yaml" for name in ("inventory", "tenants", "pods")}
    for file in files.values():
        file.touch()
    return {
        "HYBRIDFACE_NAMESPACE": "hybridface-system",
        "HYBRIDFACE_WORK_URI": "s3://work/",
        **{f"HYBRIDFACE_{name.upper()}": str(file) for name, file in files.items()},
    }


def test_what_is_not_said_has_a_default(env):
    settings = OperatorSettings.from_env(env)
    assert (settings.namespaces, settings.catalogue, settings.health_port) == ((), None, 8080)
    assert settings.allow_private_webhooks is False


def test_what_is_said_counts(env):
    said = {
        "HYBRIDFACE_NAMESPACES": "studio,archive",
        "HYBRIDFACE_CLUSTER": "east/",
        "HYBRIDFACE_RESYNC_SECONDS": "7.5",
        "HYBRIDFACE_ALLOW_PRIVATE_WEBHOOKS": "true",
    }
    settings = OperatorSettings.from_env(env | said)
    assert (settings.namespaces, settings.cluster) == (("studio", "archive"), "east")
    assert (settings.timing.resync_seconds, settings.allow_private_webhooks) == (7.5, True)


@pytest.mark.parametrize("name", ["NAMESPACE", "WORK_URI", "INVENTORY", "TENANTS", "PODS"])
def test_what_is_needed_and_not_said_is_named(env, name):
    del env[f"HYBRIDFACE_{name}"]
    with pytest.raises(UsageError, match=f"HYBRIDFACE_{name} is not set: give "):
        OperatorSettings.from_env(env)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("WORK_URI", "s3://work", "give s3://bucket/folder/, with a slash at its end"),
        ("WORK_URI", "file:///work/", "give s3://bucket/folder/, with a slash at its end"),
        ("PODS", "/nowhere.yaml", "there is no such file"),
        ("CATALOGUE", "/nowhere.yaml", "there is no such file"),
        ("RESYNC_SECONDS", "often", "give a number of at least 0"),
        ("RESYNC_SECONDS", "-1", "give a number of at least 0"),
        ("RESYNC_SECONDS", "nan", "give a number of at least 0"),
        ("ALLOW_PRIVATE_WEBHOOKS", "1", "give true or false"),
        ("MAX_PIXELS", "many", "MAX_PIXELS"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_give(env, name, value, message):
    with pytest.raises(UsageError, match=f"HYBRIDFACE_{name}.*") as refused:
        OperatorSettings.from_env(env | {f"HYBRIDFACE_{name}": value})
    assert message in str(refused.value)
