from __future__ import annotations

import pytest

from support.minting import ParentKey


@pytest.fixture(scope="module")
def new_parent(minio, tmp_path_factory):
    """Makes a key that credentials are minted with."""
    return lambda **more: ParentKey(minio, tmp_path_factory.mktemp("parent"), **more)


@pytest.fixture(scope="module")
def parent(new_parent):
    """One that stays good."""
    return new_parent()
