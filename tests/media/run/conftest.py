from __future__ import annotations

from pathlib import Path

import pytest

from hybridface_operator.catalogue import load_catalogue
from hybridface_worker.contract.catalogue import Catalogue
from support.standins import write_catalogue


@pytest.fixture(scope="session")
def catalogue_file(tmp_path_factory) -> Path:
    """A catalogue of all stand-ins, which lie beside it."""
    return write_catalogue(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def catalogue(catalogue_file) -> Catalogue:
    return load_catalogue(catalogue_file)
