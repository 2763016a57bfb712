"""What a server that behaves badly is turned into."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest
from aiohttp import web

from hybridface_operator.errors import UsageError
from hybridface_operator.kube import connection
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.cluster import Cluster
from hybridface_operator.kube.errors import KubeAway, KubeRefused
from hybridface_operator.kube.settings import KubeSettings
from support.api_answers import always, opened, served


def ask(folder, handler, **settings):
    """Lists pods of a server whose every answer comes of the handler."""

    async def asked():
        async with served(handler) as url, opened(folder, url, **settings) as cluster:
            return await cluster.list(Kind.POD)

    return asyncio.run(asked())


async def nothing(_request):
    """The answer of a cluster without anything."""
    return web.json_response({"items": [], "metadata": {}})


@pytest.mark.parametrize("text", ["", "<html>bad gateway</html>", "[]", '"no"'])
def test_a_proxy_that_answers_in_its_own_words_is_a_server_that_is_away(tmp_path, text):
    with pytest.raises(KubeAway, match="list /api/v1/pods: 502 without a reason"):
        ask(tmp_path, always(502, text))


@pytest.mark.parametrize("text", ["", "<html>sign in</html>", "[]", "{}"])
def test_a_success_that_is_no_list_is_refused(tmp_path, text):
    with pytest.raises(KubeRefused, match="list /api/v1/pods: 200, but no list"):
        ask(tmp_path, always(200, text))


def test_a_server_that_does_not_answer_in_time_is_away(tmp_path):
    async def hangs(_):
        await asyncio.sleep(0.5)
        return web.Response()

    with pytest.raises(KubeAway, match="no answer: TimeoutError"):
        ask(tmp_path, hangs, timeout_seconds=0.1)


def test_a_server_that_hangs_up_is_away(tmp_path):
    async def hangs_up(request):
        request.transport.close()
        return web.Response()

    with pytest.raises(KubeAway, match="no answer"):
        ask(tmp_path, hangs_up)


def test_a_list_that_took_too_long_has_to_be_begun_again(tmp_path):
    async def expires(request):
        if "continue" in request.query:
            return web.json_response({"message": "expired"}, status=410)
        return web.json_response({"items": [{}], "metadata": {"continue": "more"}})

    with pytest.raises(KubeAway, match="list again"):
        ask(tmp_path, expires)


def test_nobody_to_ask_is_said_at_the_start(tmp_path):
    async def opened(settings):
        async with Cluster(settings):
            pass

    with pytest.raises(UsageError, match="run it in a pod with a service account, or name a kubeconfig in KUBECONFIG"):
        asyncio.run(opened(KubeSettings()))
    with pytest.raises(UsageError, match="nothing"):
        asyncio.run(opened(KubeSettings(kubeconfig=tmp_path / "nothing")))


def test_storage_that_hangs_in_every_thread_holds_up_no_request(tmp_path):
    released = Event()

    async def asked():
        threads = ThreadPoolExecutor(2)
        asyncio.get_running_loop().set_default_executor(threads)
        stuck = [asyncio.to_thread(released.wait) for _ in range(2)]
        hanging = asyncio.gather(*stuck)
        try:
            async with asyncio.timeout(20), served(nothing) as url, opened(tmp_path, url) as cluster:
                return await cluster.list(Kind.POD)
        finally:
            released.set()
            await hanging

    assert asyncio.run(asked()) == []


@pytest.mark.parametrize(("excepted", "asks"), [("", ["api.test"]), ("api.test", [])])
def test_the_proxy_of_the_environment_is_asked_unless_the_server_is_excepted(tmp_path, monkeypatch, excepted, asks):
    asked_for = []

    async def proxy(request):
        asked_for.append(request.host)
        return await nothing(request)

    async def asked():
        async with served(proxy) as url:
            monkeypatch.setenv("http_proxy", url)
            monkeypatch.setenv("no_proxy", excepted)
            async with opened(tmp_path, "http://api.test") as cluster:
                with suppress(KubeAway):
                    await cluster.list(Kind.POD)

    asyncio.run(asked())
    assert asked_for == asks


def test_in_a_cluster_its_own_server_is_asked_without_a_proxy(monkeypatch):
    def in_a_pod(client_configuration):
        client_configuration.host = "http://api.test"

    async def proxy(request):
        raise AssertionError(request.host)

    async def asked():
        async with served(proxy) as url:
            monkeypatch.setenv("http_proxy", url)
            async with Cluster(KubeSettings(kubeconfig=None, timeout_seconds=1)) as cluster:
                await cluster.list(Kind.POD)

    monkeypatch.setattr(connection, "load_incluster_config", in_a_pod)
    with pytest.raises(KubeAway, match=r"no answer: .*api\.test"):
        asyncio.run(asked())


def test_a_server_knows_the_operator_by_its_name(tmp_path):
    names = []

    async def answer(request):
        names.append(request.headers["User-Agent"])
        return await nothing(request)

    ask(tmp_path, answer)
    assert names == ["hybridface"]
