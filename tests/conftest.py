"""What every test gets: its tier by its folder, and reproducible random examples."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["support.tiers"]
pytest.register_assert_rewrite("support.store_contract")  # what its assertions compared is told, wherever it is run

# What tests import, and what they start hundreds of times, is compiled once, whatever the environment says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

MACHINES_DIFFER = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", MACHINES_DIFFER, derandomize=True, database=None)
settings.register_profile("deep", MACHINES_DIFFER, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
