from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory) -> Path:
    """Where the tests of a module put files of models."""
    folder: Path = tmp_path_factory.mktemp("models")
    return folder
