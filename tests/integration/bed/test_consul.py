from __future__ import annotations

import pytest
import urllib3

READ_OWN = 'key_prefix "own/" { policy = "read" }'


@pytest.fixture
def http():
    with urllib3.PoolManager(retries=False, timeout=60) as manager:
        yield manager


@pytest.fixture
def kv(http, consul):
    """Asks for a key, with a token or without."""

    def ask(method, key, token="", body=None):
        answer = http.request(method, f"{consul.url}/v1/kv/{key}", headers={"X-Consul-Token": token}, body=body)
        return answer.status, answer.data

    return ask


def test_who_has_no_token_may_neither_write_nor_see(consul, kv):
    assert kv("PUT", "bed/denied", consul.token, b"secret") == (200, b"true")
    assert kv("GET", "bed/denied?raw", consul.token) == (200, b"secret")
    status, said = kv("PUT", "bed/denied", body=b"other")
    assert status == 403
    assert b"Permission denied" in said
    assert kv("GET", "bed/denied?raw")[0] == 403


def test_a_token_may_do_what_its_rules_say(consul, kv):
    token = consul.policy_token(READ_OWN)
    kv("PUT", "own/key", consul.token, b"value")
    assert kv("GET", "own/key?raw", token) == (200, b"value")
    assert kv("PUT", "own/key", token, b"other")[0] == 403
    assert kv("GET", "other/key", token)[0] == 403


def test_a_server_that_was_away_comes_back_with_its_data_and_tokens(consul, kv):
    token = consul.policy_token(READ_OWN)
    kv("PUT", "own/kept", consul.token, b"value")
    consul.stop()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        kv("GET", "own/kept?raw", token)
    consul.start()
    assert kv("GET", "own/kept?raw", token) == (200, b"value")


def test_a_wiped_server_begins_anew_and_its_index_goes_back(consul, http, kv):
    def index():
        headers = {"X-Consul-Token": consul.token}
        return int(http.request("GET", f"{consul.url}/v1/kv/bed/index", headers=headers).headers["X-Consul-Index"])

    for number in range(100):
        kv("PUT", "bed/index", consul.token, str(number).encode())
    before = index()
    consul.stop()
    consul.wipe()
    consul.start()
    assert kv("GET", "bed/index", consul.token)[0] == 404
    assert index() < before
