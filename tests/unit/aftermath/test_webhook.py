"""What a webhook is told, how it is signed, and which addresses it may have."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from typing import Any

import aiohttp
import pytest

from hybridface_operator.aftermath.posting import Post
from hybridface_operator.aftermath.webhook import notification, refusal, signature
from hybridface_operator.kube.api import Kind
from support.attempts import JOB
from support.fake_api import FakeApi
from support.finished import NAMESPACE, finished
from support.pages import blocks

NEVER = [
    *("169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
    *("224.0.0.1", "ff02::1", "0.0.0.0", "::", "fd00:ec2::254", "168.63.129.16", "100.100.100.200"),  # noqa: S104 - nothing is bound
    *("64:ff9b:1::a9fe:a9fe", "fd00:ec2::23", "fd20:ce::254", "127.1", "2130706433", "0x7f000001", "localhost", ""),
]
PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "fd00::1", "fec0::1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1"),
    *("2002:a00:1::1", "2001:db8::1"),
]
PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


def said_of(**changes):
    api = FakeApi(NAMESPACE)
    finished(api, "a", **changes)
    return notification(JOB, api.found(Kind.FACE_SWAP_JOB, NAMESPACE, "a")["status"])


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_no_webhook_may_have(address):
    assert refusal(address, private_allowed=False)
    assert refusal(address, private_allowed=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_unless_they_are_allowed(address):
    assert refusal(address, private_allowed=False)
    assert refusal(address, private_allowed=True) == ""


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_fine(address):
    assert refusal(address, private_allowed=False) == ""


def test_the_signature_is_one_that_a_receiver_makes_too():
    header = signature(b"secret", 1777636800, b'{"a":1}\n')
    fields = dict(field.split("=") for field in header.split(","))
    expected = hmac.new(b"secret", fields["t"].encode() + b"." + b'{"a":1}\n', hashlib.sha256).hexdigest()
    assert (fields["t"], fields["v1"]) == ("1777636800", expected)
    assert signature(b"other", 1777636800, b'{"a":1}\n') != header != signature(b"secret", 1777636801, b'{"a":1}\n')


def test_the_receiver_on_the_page_believes_what_is_signed_and_nothing_else():
    (example,) = [block.text for block in blocks("python") if block.page.name == "webhooks.md"]
    names: dict[str, Any] = {}
    exec(compile(example, "webhooks.md", "exec"), names)  # noqa: S102 - our own page
    is_genuine, now = names["is_genuine"], int(time.time())
    header = signature(b"secret", now, b"{}")
    assert is_genuine(b"secret", header, b"{}")
    assert not is_genuine(b"secret", header, b"[]")
    assert not is_genuine(b"other", header, b"{}")
    assert not is_genuine(b"secret", signature(b"secret", now - 301, b"{}"), b"{}")


def test_it_is_told_how_the_job_ended_and_what_came_of_it():
    said = said_of(condition="Failed")
    assert said is not None
    assert (said.job, said.outcome, said.reason, said.message) == (JOB, "failed", "NoFrames", "as it happened")
    assert said.outputs is not None
    assert (said.outputs.count, said.outputs.failed) == (2, 1)
    assert said.finished_at == "2026-05-01T12:00:00+00:00"


def test_of_a_job_that_is_not_over_there_is_nothing_to_say():
    assert said_of(condition="Reconciling") is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "017700000001"]
)
def test_no_connection_is_made_to_a_private_address_however_it_is_spelt(host):
    connected: list[asyncio.StreamWriter] = []

    async def post():
        server = await asyncio.start_server(lambda _, writer: connected.append(writer), "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises((aiohttp.ClientError, OSError), match=r"public internet|is no address|not a canonical"):
                await Post(private_allowed=False)(f"https://{host}:{port}/", b"", {})

    asyncio.run(post())
    assert connected == []


def test_nothing_is_sent_in_clear():
    with pytest.raises(ValueError, match="only https"):
        asyncio.run(Post(private_allowed=True)("http://127.0.0.1/", b"", {}))
