"""Stored engines over a real MinIO server."""

from __future__ import annotations

import pytest

from hybridface_worker.store.minio import MinioStore
from support.engine_contract import EngineContract


class TestInMinio(EngineContract):
    @pytest.fixture
    def store(self, minio, bucket):
        return MinioStore(minio.settings, bucket)
