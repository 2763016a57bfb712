"""What is kept of a model that was made ready: under a key that says all it depends on, and found again."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import replace

import numpy as np
import pytest
from structlog.testing import capture_logs

from hybridface_worker.contract.events import Event
from hybridface_worker.inference.engine import EngineFolder, Platform, digest, engine_key, key_of
from hybridface_worker.inference.session import SessionOptions, UnreadableModelError, open_session
from support.convolution import convolution, feeds

MODEL = "ab" * 32
GPU = Platform("1.31.1", "tensorrt", "9.0", "10.9.0")


def test_a_key_names_everything_that_an_engine_depends_on():
    key = engine_key(MODEL, GPU, precision="fp16", batch=8)
    assert key == f"{MODEL}/tensorrt-9.0-ort1.31.1-trt10.9.0-batch8-fp16.onnx"
    others = [
        engine_key("cd" * 32, GPU, precision="fp16", batch=8),
        engine_key(MODEL, GPU, precision="asis", batch=8),
        engine_key(MODEL, GPU, precision="fp16", batch=4),
        engine_key(MODEL, replace(GPU, runtime="1.32.0"), precision="fp16", batch=8),
        engine_key(MODEL, replace(GPU, device="cuda"), precision="fp16", batch=8),
        engine_key(MODEL, replace(GPU, capability="8.6"), precision="fp16", batch=8),
        engine_key(MODEL, replace(GPU, tensorrt="10.10.0"), precision="fp16", batch=8),
    ]
    assert len({key, *others}) == 8


def test_a_file_of_the_model_cache_is_not_read_for_its_digest(tmp_path):
    cached = tmp_path / MODEL
    cached.write_bytes(b"its name was checked when it was fetched")
    other = tmp_path / "model.onnx"
    other.write_bytes(convolution())
    assert digest(cached) == MODEL
    assert digest(other) == digest(convolution()) == hashlib.sha256(convolution()).hexdigest()


@pytest.fixture
def options(tmp_path):
    return SessionOptions(engines=EngineFolder(tmp_path))


def kept(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_second_start_takes_what_the_first_made_and_gives_the_same_bits(options, tmp_path):
    first = open_session(convolution(), options=options).run(feeds(3))[0]
    (engine,) = kept(tmp_path)
    assert engine.relative_to(tmp_path).as_posix() == key_of(convolution(), "cpu", batch=8)
    before = engine.stat()
    second = open_session(convolution(), options=options).run(feeds(3))[0]
    assert np.array_equal(first, second)
    assert np.array_equal(first, open_session(convolution(), options=SessionOptions()).run(feeds(3))[0])
    assert engine.stat().st_mtime_ns == before.st_mtime_ns
    assert kept(tmp_path) == [engine]


def test_it_is_really_taken(options, tmp_path):
    """What lies under the key is what runs, whatever it is."""
    open_session(convolution(), options=options)
    (engine,) = kept(tmp_path)
    engine.write_bytes(convolution(batch=2))
    assert open_session(convolution(), options=options).inputs[0].shape[0] == 2


def test_a_damaged_one_is_made_anew(options, tmp_path):
    open_session(convolution(), options=options)
    (engine,) = kept(tmp_path)
    engine.write_bytes(engine.read_bytes()[:1000])
    assert open_session(convolution(), options=options).run(feeds(1))[0].shape == (1, 3, 64, 64)
    assert engine.stat().st_size > 1000
    assert kept(tmp_path) == [engine]


class Full(EngineFolder):
    """On a disk without room: what is put together there cannot be written."""

    def making(self, key):
        made = super().making(key)
        made.symlink_to("/dev/full")
        return made


class ReadOnly(EngineFolder):
    def making(self, key):
        raise OSError(errno.EROFS, "Read-only file system", key)


@pytest.mark.parametrize("folder", [Full, ReadOnly])
def test_a_model_whose_engine_cannot_be_kept_runs_all_the_same(tmp_path, folder):
    with capture_logs() as logs:
        session = open_session(convolution(), options=SessionOptions(engines=folder(tmp_path)))
    assert session.run(feeds(1))[0].shape == (1, 3, 64, 64)
    assert [line["event"] for line in logs] == [Event.ENGINE_NOT_STORED]
    assert kept(tmp_path) == []


def test_of_what_is_no_model_nothing_is_left_among_the_engines(options, tmp_path):
    with pytest.raises(UnreadableModelError):
        open_session(b"no model", options=options)
    assert kept(tmp_path) == []
