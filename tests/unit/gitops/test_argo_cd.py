"""The script runs in Lua 5.1, the language that Argo CD's own interpreter speaks, with the libraries that it opens."""

from __future__ import annotations

import pytest
from lupa.lua51 import LuaRuntime

from support.gitops_page import health_script
from support.recorded_jobs import records

RECORDS = records()
_CLOSED = ("coroutine", "debug", "dofile", "io", "load", "loadfile", "loadstring", "math", "os", "python", "string")


@pytest.fixture(scope="module")
def health():
    """What the script says of an object: status and message."""
    lua = LuaRuntime(unpack_returned_tuples=True)
    lua.execute(f"{', '.join(_CLOSED)} = nil")
    assess = lua.eval(f"function(obj) {health_script()} end")

    def told(body):
        said = assess(lua.table_from(body, recursive=True))
        return said["status"], said["message"]

    return told


@pytest.mark.parametrize("name", RECORDS)
def test_the_health_is_what_it_is_meant_to_be(health, name):
    status, _ = health(RECORDS[name].body)
    assert status == RECORDS[name].argo


@pytest.mark.parametrize("name", ["probing", "waiting", "swapping", "suspended", "no-grant", "complete", "failed"])
def test_the_message_is_the_operators_own(health, name):
    _, message = health(RECORDS[name].body)
    ready = next(each for each in RECORDS[name].body["status"]["conditions"] if each["type"] == "Ready")
    assert message == ready["message"]


@pytest.mark.parametrize("status", [{}, {"status": {}}, {"status": {"conditions": []}}], ids=str)
def test_an_object_without_conditions_is_not_healthy(health, status):
    assert health({"metadata": {"generation": 1}} | status) == ("Progressing", "the operator has not looked at it yet")
