from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.clips import clip
from support.merging import Trip, round_trip


@pytest.fixture(scope="session")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Trip]:
    """A clip's whole way in chunks of a size, made once for all tests of a process."""
    made: dict[tuple[str, int, str], Trip] = {}

    def of(name: str, size: int = 64, container: str = "same", source: Path | None = None) -> Trip:
        key = name, size, container
        if key not in made:
            folder = tmp_path_factory.mktemp(name)
            made[key] = round_trip(source or clip(name), size, folder, container=container)
        return made[key]

    return of
