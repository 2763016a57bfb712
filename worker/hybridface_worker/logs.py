"""Logs are JSON lines on standard output: `timestamp, level, event`, then what is bound to the context."""

from __future__ import annotations

import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

_ORDER = ("timestamp", "level", "event", "job", "uid", "phase", "attempt", "shard", "chunk")


def configure() -> None:
    """Configures structlog for the whole process. Each line is flushed, since others act on them.

    Tracebacks leave local variables out: there may be keys or embeddings in them.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            _in_order,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Puts the fields that people read first in front."""
    first = {name: event[name] for name in _ORDER if name in event}
    return {**first, **{name: value for name, value in event.items() if name not in first}}
