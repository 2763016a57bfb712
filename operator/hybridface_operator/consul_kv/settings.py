"""How Consul is reached: read once from the environment, passed down frozen. `CONSUL_*` variables mean nothing here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

from hybridface_operator.errors import UsageError
from hybridface_worker.store.settings import is_proxy

Scheme = Literal["http", "https"]

_PORTS: dict[Scheme, int] = {"http": 8500, "https": 8501}
_FILES = ("HYBRIDFACE_CONSUL_CA_FILE", "HYBRIDFACE_CONSUL_CLIENT_CERT", "HYBRIDFACE_CONSUL_CLIENT_KEY")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True)
class ConsulSettings:
    """One Consul, how to be let in, and where the documents lie."""

    scheme: Scheme
    host: str
    port: int
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    """Read again for every request, so that a renewed token needs no restart."""
    ca_file: Path | None = None
    """Certificates to trust instead of the usual ones."""
    client_cert: Path | None = None
    client_key: Path | None = None
    proxy: str | None = None
    """`http://host:port` of a proxy that leads there; without one Consul is asked directly."""
    datacenter: str | None = None
    """The agent's own where none is named."""
    prefix: str = "hybridface"
    """Everything lies below it."""

    @property
    def address(self) -> str:
        """For people: `https://consul.example:8501`."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def policy_key(self) -> str:
        """Where the policy lies."""
        return f"{self.prefix}/policy"

    @property
    def prices_prefix(self) -> str:
        """Below it lies a quote for each pool."""
        return f"{self.prefix}/prices/"

    def secret(self) -> str:
        """The ACL token as it is now, empty where there is none. Raises OSError, ValueError."""
        if self.token_file is None:
            return self.token
        token = _token(self.token_file.read_text(encoding="utf-8"), str(self.token_file))
        if not token:  # without a token Consul answers as if nothing were there, and does not say so
            raise ValueError(f"{self.token_file} is empty: the token for Consul belongs there")
        return token

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> ConsulSettings:
        """Reads `HYBRIDFACE_CONSUL_*`. Raises UsageError where a value is not what it should be."""
        scheme, url = _address(env)
        if scheme == "http" and (given := next((name for name in _FILES if env.get(name)), "")):
            raise UsageError(f"{given} is set, and HYBRIDFACE_CONSUL_ADDRESS is http: give an https address")
        if env.get("HYBRIDFACE_CONSUL_TOKEN") and env.get("HYBRIDFACE_CONSUL_TOKEN_FILE"):
            raise UsageError("HYBRIDFACE_CONSUL_TOKEN and HYBRIDFACE_CONSUL_TOKEN_FILE are both set: keep one of them")
        certificate, key = _file(env, "HYBRIDFACE_CONSUL_CLIENT_CERT"), _file(env, "HYBRIDFACE_CONSUL_CLIENT_KEY")
        if (certificate is None) != (key is None):
            raise UsageError("HYBRIDFACE_CONSUL_CLIENT_CERT and HYBRIDFACE_CONSUL_CLIENT_KEY go together: set both")
        host = url.hostname or ""
        return cls(
            scheme=scheme,
            host=f"[{host}]" if ":" in host else host,
            port=url.port or _PORTS[scheme],
            token=_env_token(env),
            token_file=_file(env, "HYBRIDFACE_CONSUL_TOKEN_FILE"),
            ca_file=_file(env, "HYBRIDFACE_CONSUL_CA_FILE"),
            client_cert=certificate,
            client_key=key,
            proxy=_proxy(env),
            datacenter=_matching(env, "HYBRIDFACE_CONSUL_DATACENTER", _NAME, "letters, digits, - and _") or None,
            prefix=_matching(env, "HYBRIDFACE_CONSUL_PREFIX", _PREFIX, "names with slashes between them") or cls.prefix,
        )


def _address(env: Mapping[str, str]) -> tuple[Scheme, SplitResult]:
    name = "HYBRIDFACE_CONSUL_ADDRESS"
    text = env.get(name)
    if not text:
        raise UsageError(f"{name} is not set: give the address of Consul, such as http://127.0.0.1:8500")
    wrong = UsageError(f"{name}={text!r}: give http://host:port or https://host:port, and nothing behind it")
    try:
        url = urlsplit(text)
        beside = url.path.strip("/") or url.query or url.fragment or "@" in url.netloc or url.port == 0
    except ValueError:
        raise wrong from None
    scheme = next((each for each in get_args(Scheme) if each == url.scheme), None)
    if scheme is None or not url.hostname or beside:
        raise wrong
    return scheme, url


def _proxy(env: Mapping[str, str]) -> str | None:
    text = env.get("HYBRIDFACE_CONSUL_PROXY")
    if text and not is_proxy(text):
        raise UsageError(f"HYBRIDFACE_CONSUL_PROXY={text!r}: give http://host:port, and nothing behind it")
    return text or None


def _file(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name)
    if not text:
        return None
    path = Path(text).absolute()
    if not path.is_file():
        raise UsageError(f"{name}={text!r}: there is no such file")
    return path


def _matching(env: Mapping[str, str], name: str, pattern: re.Pattern[str], what: str) -> str:
    text = env.get(name, "")
    if text and not pattern.fullmatch(text):
        raise UsageError(f"{name}={text!r}: give {what}")
    return text


def _env_token(env: Mapping[str, str]) -> str:
    try:
        return _token(env.get("HYBRIDFACE_CONSUL_TOKEN", ""), "HYBRIDFACE_CONSUL_TOKEN")
    except ValueError as error:
        raise UsageError(str(error)) from None


def _token(text: str, where: str) -> str:
    token = text.strip()
    if not token.isascii() or not all(character.isprintable() and character != " " for character in token):
        raise ValueError(f"{where} holds no token: one word of visible characters is wanted")
    return token
