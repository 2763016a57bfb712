"""What the client makes of answers, good and odd ones, of a server that says what it is told to."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hybridface_operator.consul_kv import client
from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.errors import ConsulAway, ConsulForbidden, ConsulRefused
from hybridface_operator.consul_kv.settings import ConsulSettings

KEY = "hybridface/policy"
FOUND = [{"Key": KEY, "Value": base64.b64encode(b"{}").decode(), "ModifyIndex": 7, "Flags": 0}]


@asynccontextmanager
async def server(answer, **changes):
    """A client of a server whose every answer is that; the client remembers the requests."""
    requests = []

    async def handle(request):
        requests.append(request)
        return await answer(request) if asyncio.iscoroutinefunction(answer) else answer()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as running:
        settings = ConsulSettings("http", running.host, running.port or 0, token="the-token")
        async with ConsulKV(replace(settings, **changes)) as kv:
            yield kv, requests


def found(index="12", items=FOUND, **headers):
    return lambda: web.json_response(items, headers={"X-Consul-Index": index, **headers})


def says(status, text="", **headers):
    return lambda: web.Response(status=status, text=text, headers=headers)


def asked(answer, **options):
    async def scenario():
        async with server(answer) as (kv, _):
            return await kv.read(KEY, **options)

    return asyncio.run(scenario())


def test_an_index_is_a_number_and_a_value_is_bytes():
    answer = asked(found())
    assert answer.index == 12
    assert answer.entries[KEY].value == b"{}"
    assert answer.entries[KEY].modify_index == 7


def test_a_key_that_is_not_there_is_an_empty_answer_with_its_index():
    answer = asked(says(404, **{"X-Consul-Index": "9"}))
    assert (answer.index, answer.entries) == (9, {})


def test_an_emptied_value_is_no_bytes():
    assert asked(found(items=[FOUND[0] | {"Value": None}])).entries[KEY].value == b""


def test_that_an_answer_was_filtered_is_not_lost():
    assert asked(found(**{"X-Consul-Results-Filtered-By-ACLs": "true"})).filtered
    assert not asked(found()).filtered


ODD = {
    "no leader": (says(500, "No cluster leader"), ConsulAway, "No cluster leader"),
    "overloaded": (says(429, "rate limit reached"), ConsulAway, "rate limit"),
    "denied": (says(403, "Permission denied: lacks 'key:read'"), ConsulForbidden, "key:read"),
    "without access control": (says(401, "ACL support disabled"), ConsulForbidden, "ACL support disabled"),
    "a wrong request": (says(400, "Invalid index"), ConsulRefused, "Invalid index"),
    "too large": (says(413, "too large, max size: 524288"), ConsulRefused, "524288"),
    "elsewhere": (says(301, "Moved", Location="/ui/"), ConsulAway, "Moved"),
    "a page": (says(200, "<html>\n" * 1000, **{"X-Consul-Index": "1"}), ConsulAway, "html"),
    "no index": (lambda: web.json_response(FOUND), ConsulAway, "index"),
    "an index that is no number": (found("many"), ConsulAway, "many"),
    "a value that is no base64": (found(items=[FOUND[0] | {"Value": "a"}]), ConsulAway, "base64"),
    "no key": (found(items=[{"Value": ""}]), ConsulAway, "Key"),
    "not a list": (found(items=7), ConsulAway, "away"),
    "a list of numbers": (found(items=[7]), ConsulAway, "away"),
    "not UTF-8": (lambda: web.Response(body=b"\xff\xfe", headers={"X-Consul-Index": "1"}), ConsulAway, "utf-8"),
}


@pytest.mark.parametrize(("answer", "error", "named"), ODD.values(), ids=ODD)
def test_an_odd_answer_is_an_error_of_ours_in_one_line(answer, error, named):
    with pytest.raises(error) as raised:
        asked(answer)
    assert named in str(raised.value)
    assert "http://127.0.0.1" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_an_answer_that_fills_the_memory_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(client, "MOST_BYTES", 4096)
    sent = []

    async def endless(request):
        response = web.StreamResponse(headers={"X-Consul-Index": "1"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b" " * 1024)
                sent.append(1024)
        return response

    with pytest.raises(ConsulAway, match="more than 4096 bytes"):
        asked(endless)
    assert sum(sent) < 2**26  # what lies in buffers on the way


def test_a_connection_that_breaks_is_an_absence():
    async def hang_up(request):
        request.transport.close()
        return web.Response()

    with pytest.raises(ConsulAway):
        asked(hang_up)


def test_nobody_at_the_address_is_an_absence():
    async def scenario():
        async with ConsulKV(ConsulSettings("http", "127.0.0.1", 1)) as kv:
            await kv.read(KEY)

    with pytest.raises(ConsulAway, match=r"127\.0\.0\.1:1 is away"):
        asyncio.run(scenario())


def test_a_blocking_query_may_take_its_wait_and_a_sixteenth_more(monkeypatch):
    monkeypatch.setattr(client, "REQUEST_SECONDS", 0.5)

    async def slow(_):
        await asyncio.sleep(1.0)
        return found()()

    assert asked(slow, index=5, wait_seconds=60).index == 12
    with pytest.raises(ConsulAway, match="no answer in time"):
        asked(slow)


def test_a_question_says_all_that_it_means():
    async def scenario():
        async with server(found(), datacenter="dc2") as (kv, requests):
            await kv.read(KEY, recurse=True, index=5, wait_seconds=60)
            await kv.read(KEY, consistent=True)
            await kv.write(KEY, b"{}", replacing=0)
            return [(request.method, request.path, dict(request.query)) for request in requests]

    path = f"/v1/kv/{KEY}"
    assert asyncio.run(scenario()) == [
        ("GET", path, {"recurse": "1", "index": "5", "wait": "60000ms", "dc": "dc2"}),
        ("GET", path, {"consistent": "1", "dc": "dc2"}),
        ("PUT", path, {"cas": "0", "dc": "dc2"}),
    ]


def test_the_token_is_sent_as_it_is_now_and_never_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "of-the-environment")
    file = tmp_path / "token"

    async def scenario():
        async with server(found(), token="", token_file=file) as (kv, requests):
            for token in ("first", "second"):
                file.write_text(token)
                await kv.read(KEY)
        async with server(found(), token="") as (kv, without):
            await kv.read(KEY)
        return [request.headers.get("X-Consul-Token") for request in (*requests, *without)]

    assert asyncio.run(scenario()) == ["first", "second", None]


@pytest.mark.parametrize(("content", "named"), [(None, "No such file"), (b"", "empty"), (b"two words", "no token")])
def test_a_token_file_that_holds_none_is_told_and_nothing_is_asked(tmp_path, content, named):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)

    async def scenario():
        async with server(found(), token="", token_file=file) as (kv, requests):
            with pytest.raises(ConsulForbidden, match=named) as raised:
                await kv.read(KEY)
            assert str(file) in str(raised.value)
            return requests

    assert asyncio.run(scenario()) == []


def test_a_write_says_whether_it_was_done():
    async def scenario(written):
        async with server(lambda: web.Response(text=json.dumps(written))) as (kv, _):
            return await kv.write(KEY, b"{}", replacing=3)

    assert asyncio.run(scenario(True)) is True
    assert asyncio.run(scenario(False)) is False


def test_the_proxy_of_the_settings_is_asked_for_what_is_at_consul(monkeypatch):
    async def by_way_of_a_proxy():
        async with server(found()) as (direct, requests):
            address = direct.settings.address
            monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # means nothing here
            await direct.read(KEY)
            async with ConsulKV(replace(direct.settings, host="consul.test", port=8500, proxy=address)) as kv:
                await kv.read(KEY)
            return [request.host for request in requests]

    direct, through = asyncio.run(by_way_of_a_proxy())
    assert direct.startswith("127.0.0.1:")
    assert through == "consul.test"  # aiohttp leaves the port out of what it tells a proxy
