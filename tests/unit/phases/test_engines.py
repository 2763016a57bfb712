"""Stored engines over a folder, and without any storage that answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hybridface_worker.contract.errors import ObjectNotFoundError, StoreError
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.inference.session import SessionOptions, open_session
from hybridface_worker.phases.engines import StoredEngines
from hybridface_worker.phases.running import engine_folder
from hybridface_worker.store.folder import FolderStore
from support.convolution import convolution, feeds
from support.engine_contract import EngineContract


class TestInAFolder(EngineContract):
    @pytest.fixture
    def store(self, tmp_path):
        return FolderStore(tmp_path / "store", metadata=tmp_path / "metadata")


class Away:
    """A store that answers nothing."""

    def _away(self, *_args, **_kwargs):
        raise StoreError(Reason.SERVICE_AWAY, "storage is away")

    head = read = upload = _away


def test_storage_that_is_away_costs_the_engine_and_nothing_else(tmp_path):
    engines = StoredEngines(tmp_path, Away(), "engines/")  # type: ignore[arg-type]  # of its methods three are called
    with capture_logs() as logs:
        session = open_session(convolution(), options=SessionOptions(engines=engines))
    assert session.run(feeds(1))[0].shape == (1, 3, 64, 64)
    assert [line["event"] for line in logs] == [Event.ENGINE_NOT_STORED] * 2
    with capture_logs() as logs:
        open_session(convolution(), options=SessionOptions(engines=engines))
    assert [line["event"] for line in logs] == [Event.ENGINE_FOUND]


def test_of_an_engine_that_goes_while_it_is_fetched_nothing_stays(tmp_path):
    class Going(FolderStore):
        def read(self, key, **_):
            raise ObjectNotFoundError(Reason.INPUT_NOT_FOUND, f"{key} is gone")

    store = Going(tmp_path / "store")
    store.write("engines/model/cpu.onnx", b"engine")
    assert StoredEngines(tmp_path / "here", store, "engines/").find("model/cpu.onnx") is None
    assert not list((tmp_path / "here" / "model").iterdir())


def test_an_engine_that_does_not_fit_here_is_made_here(tmp_path):
    class Full(StoredEngines):
        def making(self, key):
            made = super().making(key)
            made.symlink_to("/dev/full")
            return made

    store = FolderStore(tmp_path / "store")
    store.write("engines/model/cpu.onnx", b"engine" * 10_000)
    with capture_logs() as logs:
        assert Full(tmp_path / "here", store, "engines/").find("model/cpu.onnx") is None
    assert [(line["event"], line["reason"]) for line in logs] == [(Event.ENGINE_NOT_STORED, Reason.STORAGE_FULL)]


def test_engines_lie_beside_the_models_or_where_files_can_be_put(tmp_path):
    models, scratch = tmp_path / "models", tmp_path / "scratch"
    models.mkdir()
    assert engine_folder(models, scratch) == models / "engines"
    assert engine_folder(Path("/proc/models"), scratch) == scratch / "engines"
    assert engine_folder(None, scratch) == scratch / "engines"
