"""What every test gets: its tier by its folder, and reproducible random examples."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["support.tiers"]
pytest.register_assert_rewrite("support.store_contract")  # what its assertions compared is told, wherever it is run

settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.register_profile(
    "deep", deadline=None, max_examples=2000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
