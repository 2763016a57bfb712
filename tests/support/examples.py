"""How many random examples a test tries: fewer in CI, more in `make test-deep`."""

from __future__ import annotations

import os

from hypothesis import settings


def examples(ci: int, deep: int) -> settings:
    """The decorator for a test whose numbers are promised."""
    return settings(max_examples=deep if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else ci)
