"""What stored engines promise over every store. A test class inherits it and gives the fixture `store`."""

from __future__ import annotations

import numpy as np
from structlog.testing import capture_logs

from hybridface_worker.contract.events import Event
from hybridface_worker.inference.engine import key_of
from hybridface_worker.inference.session import SessionOptions, open_session
from hybridface_worker.phases.engines import StoredEngines

from .convolution import convolution, feeds


class EngineContract:
    """Engines of one trust zone, and workers that start on several nodes."""

    ZONE = "engines/private/"

    def start(self, store, folder):
        """A worker's start: what the model gives, and the bytes that were fetched; None where it made the engine."""
        with capture_logs() as logs:
            session = open_session(
                convolution(), options=SessionOptions(engines=StoredEngines(folder, store, self.ZONE))
            )
        found = [line["bytes_fetched"] for line in logs if line["event"] == Event.ENGINE_FOUND]
        assert len(found) <= 1
        return session.run(feeds(2))[0], found[0] if found else None

    def test_one_worker_makes_an_engine_and_all_others_fetch_it_once(self, store, tmp_path):
        first, fetched = self.start(store, tmp_path / "node-1")
        assert fetched is None
        key = key_of(convolution(), "cpu", batch=8)
        stored = store.head(f"{self.ZONE}{key}")
        elsewhere, fetched = self.start(store, tmp_path / "node-2")
        assert fetched == stored.size
        again, fetched = self.start(store, tmp_path / "node-2")
        assert fetched == 0
        assert np.array_equal(first, elsewhere)
        assert np.array_equal(first, again)
        assert store.head(f"{self.ZONE}{key}").etag == stored.etag

    def test_another_zone_finds_nothing(self, store, tmp_path):
        self.start(store, tmp_path / "node-1")
        engines = StoredEngines(tmp_path / "node-2", store, "engines/cloud/")
        key = key_of(convolution(), "cpu", batch=8)
        assert key is not None
        assert engines.find(key) is None

    def test_of_two_that_made_the_same_the_first_stays(self, store, tmp_path):
        for node in ("node-1", "node-2"):
            engines = StoredEngines(tmp_path / node, store, self.ZONE)
            made = engines.making("model/cpu.onnx")
            made.write_bytes(node.encode())
            engines.keep("model/cpu.onnx", made)
        assert store.read(f"{self.ZONE}model/cpu.onnx") == b"node-1"
