from __future__ import annotations

import re

import pytest

from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.errors import UsageError

ADDRESS = {"HYBRIDFACE_CONSUL_ADDRESS": "http://127.0.0.1:8500"}
TLS = {"HYBRIDFACE_CONSUL_ADDRESS": "https://consul.example"}


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("http://127.0.0.1:18500", ("http", "127.0.0.1", 18500)),
        ("http://consul.example/", ("http", "consul.example", 8500)),
        ("https://consul.example", ("https", "consul.example", 8501)),
        ("https://[::1]:8501", ("https", "[::1]", 8501)),
    ],
)
def test_an_address_names_scheme_host_and_port(address, parts):
    settings = ConsulSettings.from_env({"HYBRIDFACE_CONSUL_ADDRESS": address})
    assert (settings.scheme, settings.host, settings.port) == parts
    assert settings.prefix == "hybridface"


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1:8500", "unix:///consul.sock", "http://", "http://a/b", "http://u:p@a", "http://a:b", "http://a?x"],
)
def test_another_address_is_refused_with_the_variable_and_what_to_give(address):
    with pytest.raises(UsageError, match=r"HYBRIDFACE_CONSUL_ADDRESS.*give.*http://"):
        ConsulSettings.from_env({"HYBRIDFACE_CONSUL_ADDRESS": address})


@pytest.mark.parametrize("proxy", ["proxy:3128", "http://u:p@proxy", "socks5://proxy", "http://proxy/way"])
def test_what_is_no_proxy_is_refused(proxy):
    with pytest.raises(UsageError, match=r"HYBRIDFACE_CONSUL_PROXY.*give http://host:port"):
        ConsulSettings.from_env(ADDRESS | {"HYBRIDFACE_CONSUL_PROXY": proxy})


def test_consuls_own_variables_mean_nothing(tmp_path):
    settings = ConsulSettings.from_env(ADDRESS | {"CONSUL_HTTP_TOKEN": "other", "CONSUL_HTTP_ADDR": "elsewhere:1"})
    assert (settings.address, settings.secret()) == ("http://127.0.0.1:8500", "")


def test_a_token_file_is_read_again_each_time(tmp_path):
    file = tmp_path / "token"
    file.write_text("first\n")
    settings = ConsulSettings.from_env(ADDRESS | {"HYBRIDFACE_CONSUL_TOKEN_FILE": str(file)})
    assert settings.secret() == "first"
    file.write_text("second\n")
    assert settings.secret() == "second"


def test_a_token_is_never_shown():
    settings = ConsulSettings.from_env(ADDRESS | {"HYBRIDFACE_CONSUL_TOKEN": "hush-hush"})
    assert settings.secret() == "hush-hush"
    assert "hush" not in repr(settings)


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "schlüssel"])
def test_what_could_break_a_header_is_no_token(token):
    with pytest.raises(UsageError, match="HYBRIDFACE_CONSUL_TOKEN") as refused:
        ConsulSettings.from_env(ADDRESS | {"HYBRIDFACE_CONSUL_TOKEN": token})
    assert token not in str(refused.value)


def test_everything_may_be_said(tmp_path):
    files = {name: tmp_path / name for name in ("ca", "cert", "key")}
    for file in files.values():
        file.touch()
    settings = ConsulSettings.from_env(
        TLS
        | {
            "HYBRIDFACE_CONSUL_CA_FILE": str(files["ca"]),
            "HYBRIDFACE_CONSUL_CLIENT_CERT": str(files["cert"]),
            "HYBRIDFACE_CONSUL_CLIENT_KEY": str(files["key"]),
            "HYBRIDFACE_CONSUL_DATACENTER": "dc-2",
            "HYBRIDFACE_CONSUL_PREFIX": "teams/faces",
        }
    )
    assert (settings.ca_file, settings.client_cert, settings.client_key) == tuple(files.values())
    assert settings.datacenter == "dc-2"
    assert settings.policy_key == "teams/faces/policy"
    assert settings.prices_prefix == "teams/faces/prices/"


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"HYBRIDFACE_CONSUL_TOKEN": "a", "HYBRIDFACE_CONSUL_TOKEN_FILE": "/etc/hostname"}, "keep one"),
        ({"HYBRIDFACE_CONSUL_TOKEN_FILE": "/nowhere/token"}, "HYBRIDFACE_CONSUL_TOKEN_FILE='/nowhere/token'"),
        ({"HYBRIDFACE_CONSUL_CA_FILE": "/etc/hostname"}, "HYBRIDFACE_CONSUL_CA_FILE is set, and .* is http"),
        (TLS | {"HYBRIDFACE_CONSUL_CLIENT_CERT": "/etc/hostname"}, "set both"),
        ({"HYBRIDFACE_CONSUL_PREFIX": "/hybridface"}, "HYBRIDFACE_CONSUL_PREFIX='/hybridface'"),
        ({"HYBRIDFACE_CONSUL_PREFIX": "a//b"}, "HYBRIDFACE_CONSUL_PREFIX"),
        ({"HYBRIDFACE_CONSUL_DATACENTER": "a b"}, "HYBRIDFACE_CONSUL_DATACENTER='a b'"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(more, named):
    with pytest.raises(UsageError) as refused:
        ConsulSettings.from_env(ADDRESS | more)
    assert re.search(named, str(refused.value))
