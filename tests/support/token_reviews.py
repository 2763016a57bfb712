"""Says to an API server whose bearer token it was shown: its webhook for authentication.

Tokens can be granted and revoked while the server runs, which its own file of tokens does not allow.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from support.processes import HOST, free_port


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    """Of connections that wait: of more than these the kernel lets each try again after a second."""


class TokenReviews:
    """The tokens and the HTTP server that reviews them, in a thread of this process."""

    def __init__(self) -> None:
        self._users: dict[str, dict[str, Any]] = {}
        self._server = _Server((HOST, free_port()), self._handler())
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where the API server is to ask."""
        return f"http://{HOST}:{self._server.server_port}/"

    def grant(self, user: str, groups: Sequence[str]) -> str:
        """A new token of that user."""
        token = secrets.token_urlsafe()
        self._users[token] = {"username": user, "uid": user, "groups": list(groups)}
        return token

    def revoke(self, token: str) -> None:
        """Forgets a token."""
        del self._users[token]

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and gives the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def _status(self, token: str) -> dict[str, Any]:
        user = self._users.get(token)
        return {"authenticated": True, "user": user} if user else {"authenticated": False}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        status = self._status

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = json.dumps({**asked, "status": status(asked["spec"]["token"])}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Tokens stay out of the tests' output."""

        return Handler
