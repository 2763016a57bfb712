"""Watching, where the process is not at home."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import kopf
import pytest

from hybridface_operator.kube.clock import local_now
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.serving.watches import AGAIN_SECONDS, WatchAges, handlers, settings, watch


def test_kopf_need_not_ask_for_the_name_of_a_user_that_has_none(monkeypatch):
    asked = {}

    async def spawned(**arguments):
        asked.update(arguments)
        raise kopf.PermanentError("far enough")

    monkeypatch.setattr(kopf, "spawn_tasks", spawned)
    with pytest.raises(kopf.PermanentError, match="far enough"):
        asyncio.run(watch(kopf.OperatorRegistry(), [], begun=lambda: None))
    assert asked["identity"]


def test_the_age_is_that_of_the_watch_which_was_answered_longest_ago():
    now = [100.0]
    ages = WatchAges(lambda: now[0])
    assert ages.age_seconds == 0
    for path, at in (("/pods", 101.0), ("/jobs", 105.0), ("/pods", 107.0)):
        now[0] = at
        asyncio.run(answered(ages, path, watch="true"))
    now[0] = 112.0
    asyncio.run(answered(ages, "/jobs"))
    assert ages.age_seconds == 7


async def answered(ages: WatchAges, path: str, **query: str) -> None:
    """As by an API server, to one who hears of requests."""
    answer: Any = SimpleNamespace(url=SimpleNamespace(path=path, query=query), response=SimpleNamespace(ok=True))
    trace = ages.tracing()
    trace.freeze()
    session: Any = None
    await trace.on_request_end.send(session, SimpleNamespace(), answer)


def test_a_token_that_is_refused_is_read_again_after_a_pause_and_never_given_up(monkeypatch, tmp_path):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    async def log_in_thrice():
        registry = handlers(Mirror(), print, print, WatchAges(), local_now, nodes=False)
        log_in: Any = next(each.fn for each in registry._activities.get_all_handlers())
        found = [await log_in(settings=settings()) for _ in range(3)]
        for each in found:
            await each.aiohttp_session.close()
        return found

    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path / "config")))
    monkeypatch.setattr(asyncio, "sleep", sleep)
    first, second, third = asyncio.run(log_in_thrice())
    assert [each for each in slept if each] == [AGAIN_SECONDS] * 2
    assert first != second != third  # kopf would take no credentials twice that were refused


def kubeconfig(path):
    user = {"name": "test", "user": {"token": "secret"}}
    cluster = {"name": "test", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "test", "context": {"cluster": "test", "user": "test"}}
    document = {"current-context": "test", "contexts": [context], "clusters": [cluster], "users": [user]}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **document}))
    return path
