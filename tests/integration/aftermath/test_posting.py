"""Webhooks over real TLS."""

from __future__ import annotations

import asyncio
import ssl
import subprocess

import aiohttp
import pytest
from aiohttp import web

from build_tools import built
from hybridface_operator.aftermath.posting import Post
from support.processes import HOST

BODY = b'{"version":1}\n'


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and a certificate of it for localhost, made by Consul's tool."""
    folder = tmp_path_factory.mktemp("tls")
    for arguments in (("ca", "create"), ("cert", "create", "-server")):
        subprocess.run([str(built("consul")), "tls", *arguments], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def ours(certificates):
    return ssl.create_default_context(cafile=str(certificates / "consul-agent-ca.pem"))


class Receiver:
    """Answers at one path, and sends on from another."""

    def __init__(self, certificates):
        self.got: list[tuple[str, bytes, str | None]] = []
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        name = certificates / "dc1-server-consul-0"
        self._tls.load_cert_chain(f"{name}.pem", f"{name}-key.pem")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.got.append((request.path, await request.read(), request.headers.get("X-Test")))
        if request.path == "/moved":
            return web.Response(status=307, headers={"Location": "/done"})
        if request.path == "/chatter":
            return web.Response(text="x" * 10_000_000)
        return web.Response(status=204)

    def get(self, path, send, host="localhost"):
        async def exchange():
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self.answer)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            try:
                await web.TCPSite(runner, HOST, 0, ssl_context=self._tls).start()
                return await send(f"https://{host}:{runner.addresses[0][1]}{path}", BODY, {"X-Test": "1"})
            finally:
                await runner.cleanup()

        return asyncio.run(exchange())


@pytest.fixture
def receiver(certificates):
    return Receiver(certificates)


def test_body_and_headers_arrive(receiver, ours):
    assert receiver.get("/done", Post(private_allowed=True, tls=ours)) == 204
    assert receiver.got == [("/done", BODY, "1")]


def test_a_redirect_is_not_followed(receiver, ours):
    assert receiver.get("/moved", Post(private_allowed=True, tls=ours)) == 307
    assert [path for path, *_ in receiver.got] == ["/moved"]


def test_a_long_answer_is_not_read_to_its_end(receiver, ours):
    assert receiver.get("/chatter", Post(private_allowed=True, tls=ours)) == 200


def test_a_private_address_is_refused_before_anything_is_sent(receiver, ours):
    with pytest.raises(aiohttp.ClientConnectorError, match="public internet"):
        receiver.get("/done", Post(private_allowed=False, tls=ours))
    assert receiver.got == []


def test_a_certificate_of_nobody_we_trust_is_refused(receiver):
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        receiver.get("/done", Post(private_allowed=True))
    assert receiver.got == []
