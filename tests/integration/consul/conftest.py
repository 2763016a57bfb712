from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from hybridface_operator.consul_kv.settings import ConsulSettings
from support.consul_watching import settings_of

_numbers = itertools.count()


@pytest.fixture
def settings(consul) -> ConsulSettings:
    """Every right below a prefix that nobody used before."""
    return settings_of(consul, prefix=f"test-{next(_numbers)}")


@pytest.fixture
def settings_with(consul, settings) -> Callable[[str], ConsulSettings]:
    """The same prefix with a token that may do what the rules say; `{prefix}` in them is the prefix."""
    return lambda rules: settings_of(
        consul, consul.policy_token(rules.replace("{prefix}", settings.prefix)), settings.prefix
    )
