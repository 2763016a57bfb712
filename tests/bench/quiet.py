"""The worker's log lines are none of the figures."""

from __future__ import annotations

import logging

import structlog


def quiet() -> None:
    """Only errors are logged."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
