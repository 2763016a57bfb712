"""A real Consul over HTTPS that asks for certificates of its clients."""

from __future__ import annotations

import asyncio

import pytest

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
