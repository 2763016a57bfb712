"""Logs are JSON lines on standard output: `timestamp, level, event`, then what is bound to the context."""

from __future__ import annotations

import sys

import structlog


def configure() -> None:
    """Sets structlog up for the whole process. Lines are flushed one by one: others act on them."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
