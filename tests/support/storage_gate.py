"""A go-between to object storage that can hold requests back.

What happens to a cluster is to happen at a moment: while a chunk is committed, while a model is fetched. The moment is
chosen by what a worker asks storage for, not by a clock. The gate also counts: what was fetched is what was asked for.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from support.processes import free_port

_PATIENCE_SECONDS = 120
_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding"}


@dataclass
class Request:
    """One request that came to the gate."""

    method: str
    path: str
    """`/<bucket>/<key>`."""
    client: str
    """The address of who asks: a pod's own."""
    status: int | None = None
    """What storage answered; None before it did."""


class Hold:
    """Requests that are held back until they are let go, or lost."""

    def __init__(self, wanted: Callable[[Request], bool]) -> None:
        self.wanted = wanted
        self.requests: list[Request] = []
        """Those that came while they were held, in order."""
        self._decided = Event()
        self._lost = False

    def release(self) -> None:
        """Lets go what is held, and what comes from now on."""
        self._decided.set()

    def lose(self) -> None:
        """Breaks off what is held, and what comes from now on: storage never hears of it."""
        self._lost = True
        self._decided.set()

    def passes(self, request: Request) -> bool:
        """Returns once it is decided: whether the request may go on."""
        if not self._decided.is_set():
            self.requests.append(request)
            self._decided.wait()
        return not self._lost


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    """Of connections that wait: of more than these the kernel lets each try again after a second."""


class StorageGate:
    """An HTTP server before an object store. Bytes and signatures pass as they are."""

    def __init__(self, host: str, storage: str) -> None:
        """Args: host: the address that clients reach. storage: `host:port` of the object store."""
        self._storage = storage
        self._holds: list[Hold] = []
        self._requests: list[Request] = []
        self._server = _Server((host, free_port(host)), self._handler())
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://{host}:{self._server.server_port}"

    def start(self) -> None:
        """Begins to let requests through."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it; what is held is let go."""
        for hold in self._holds:
            hold.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @contextmanager
    def holding(self, wanted: Callable[[Request], bool]) -> Iterator[Hold]:
        """Holds back the requests that are wanted, until they are released or at the end."""
        hold = Hold(wanted)
        self._holds.append(hold)
        try:
            yield hold
        finally:
            hold.release()
            self._holds.remove(hold)

    def seen(self, wanted: Callable[[Request], bool] = lambda _: True) -> list[Request]:
        """The requests since the start that are wanted."""
        return [request for request in list(self._requests) if wanted(request)]

    def admit(self, request: Request) -> bool:
        """Notes the request, and returns when nothing holds it back: whether it may go on."""
        self._requests.append(request)
        return all(hold.passes(request) for hold in list(self._holds) if hold.wanted(request))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gate, storage = self, self._storage

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 2**16  # an answer leaves in one piece

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(self.command, unquote(urlsplit(self.path).path), str(self.client_address[0]))
                if not gate.admit(request):
                    self.close_connection = True
                    return
                try:
                    self._answer(request, body)
                except (http.client.HTTPException, OSError):
                    self.close_connection = True  # whoever asked finds out as if storage itself had broken off

            do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - the names by which the server finds them

            def _answer(self, request: Request, body: bytes) -> None:
                with closing(http.client.HTTPConnection(storage, timeout=_PATIENCE_SECONDS)) as behind:
                    behind.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        if name.lower() not in _OF_THE_CONNECTION:
                            behind.putheader(name, value)
                    behind.endheaders(body or None)
                    answer = behind.getresponse()
                    content = answer.read()
                request.status = answer.status
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in _OF_THE_CONNECTION | {"content-length"}:
                        self.send_header(name, value)
                length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
                if length is not None:
                    self.send_header("Content-Length", length)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Requests carry credentials."""

        return Handler
