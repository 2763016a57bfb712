"""A real Consul over HTTPS that asks for certificates of its clients."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from build_tools import built
from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.errors import ConsulAway
from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.errors import UsageError


@pytest.fixture
def environment(consul, tmp_path):
    token_file = tmp_path / "token"
    token_file.write_text(consul.token)
    return consul.environment("hybridface", token_file)


def read(environment):
    async def scenario():
        async with ConsulKV(ConsulSettings.from_env(environment)) as kv:
            return await kv.read(kv.settings.policy_key)

    return asyncio.run(scenario())


def test_with_authority_and_certificate_it_is_read(environment):
    assert read(environment).index >= 1


def test_an_authority_that_is_not_named_is_not_trusted(environment):
    with pytest.raises(ConsulAway, match="certificate"):
        read(environment | {"HYBRIDFACE_CONSUL_CA_FILE": ""})


def test_without_a_certificate_of_ours_we_are_not_let_in(environment):
    with pytest.raises(ConsulAway, match="is away"):
        read(environment | {"HYBRIDFACE_CONSUL_CLIENT_CERT": "", "HYBRIDFACE_CONSUL_CLIENT_KEY": ""})


def test_a_file_that_is_no_certificate_is_named(environment, tmp_path):
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(UsageError, match=r"wrong\.pem"):
        read(environment | {"HYBRIDFACE_CONSUL_CA_FILE": str(wrong)})


def test_a_certificate_that_was_renewed_is_shown_without_a_restart(environment, tmp_path):
    """At first it is one of another authority, as good here as one that has expired."""
    shown = {name: tmp_path / f"{name}.pem" for name in ("cert", "key")}
    others = tmp_path / "others"
    others.mkdir()
    for arguments in (("ca", "create"), ("cert", "create", "-client")):
        subprocess.run([str(built("consul")), "tls", *arguments], cwd=others, check=True, capture_output=True)
    renewed = {"cert": environment["HYBRIDFACE_CONSUL_CLIENT_CERT"], "key": environment["HYBRIDFACE_CONSUL_CLIENT_KEY"]}
    expired = {"cert": others / "dc1-client-consul-0.pem", "key": others / "dc1-client-consul-0-key.pem"}

    def show(files):
        for name, file in shown.items():
            file.write_bytes(Path(files[name]).read_bytes())

    async def scenario():
        show(expired)
        own = {f"HYBRIDFACE_CONSUL_CLIENT_{name.upper()}": str(file) for name, file in shown.items()}
        async with ConsulKV(ConsulSettings.from_env(environment | own)) as kv:
            with pytest.raises(ConsulAway):
                await kv.read(kv.settings.policy_key)
            show(renewed)
            return await kv.read(kv.settings.policy_key)

    assert asyncio.run(scenario()).index >= 1
