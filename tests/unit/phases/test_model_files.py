"""Which file a process loads of a model, and what it says of it."""

from __future__ import annotations

import hashlib

import pytest
from structlog.testing import capture_logs

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.phases.model_files import ModelFiles
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.stores import Stores

WEIGHTS = b"weights" * 1000
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def model(tmp_path):
    file = tmp_path / "mine.onnx"
    file.write_bytes(WEIGHTS)
    return ModelRef(
        name="mine", kind="restorer", format="gfpgan", uri=file.as_uri(), sha256=SHA256, licence="research only"
    )


def files(cache: str) -> ModelFiles:
    settings = WorkerSettings.from_env({"HYBRIDFACE_MODEL_CACHE": cache})
    return ModelFiles(settings, Stores(settings.store), alive=lambda: None)


def test_it_is_the_one_in_the_cache_whatever_becomes_of_the_users(tmp_path, model):
    path = files(str(tmp_path / "cache")).required(model)
    (tmp_path / "mine.onnx").write_bytes(b"another")
    assert path == tmp_path / "cache" / SHA256
    assert path.read_bytes() == WEIGHTS
    assert files(str(tmp_path / "cache")).required(model) == path


def test_a_damaged_one_is_never_given(tmp_path, model):
    cache = tmp_path / "cache"
    files(str(cache)).required(model).write_bytes(WEIGHTS[:-1])
    assert files(str(cache)).required(model).read_bytes() == WEIGHTS
    (cache / SHA256).write_bytes(WEIGHTS[:-1])
    (tmp_path / "mine.onnx").unlink()
    with pytest.raises(TaskError) as caught:
        files(str(cache)).required(model)
    assert caught.value.reason is Reason.MODEL_NOT_FOUND


def test_a_licence_is_told_once_by_each_process(tmp_path, model):
    own = files(str(tmp_path / "cache"))
    with capture_logs() as events:
        for _ in range(3):
            own.required(model)
            assert own.path(BUILT_IN["centerface"]) is None
    assert [(event["event"], event["model"], event["licence"], event["sha256"]) for event in events] == [
        ("model.used", "mine", "research only", SHA256),
        ("model.used", "centerface", "MIT", None),
    ]


def test_without_a_cache_or_an_address_it_says_what_is_missing(tmp_path, model):
    with pytest.raises(TaskError, match="HYBRIDFACE_MODEL_CACHE"):
        files("").required(model)
    with pytest.raises(TaskError, match="restorer mine is a file: it needs an address and a digest"):
        files(str(tmp_path)).required(model.model_copy(update={"sha256": None}))
