"""TensorRT's libraries are found where NVIDIA's Python package has them, or where the system has."""

from __future__ import annotations

import ctypes

import pytest

from hybridface_worker.inference.tensorrt import LIBRARIES, tensorrt_version


@pytest.fixture
def loaded(monkeypatch):
    """Names of what is loaded, and a library that says that it is TensorRT 10.13.3."""
    names: list[str] = []

    class Library:
        def __init__(self, name, mode):
            assert mode == ctypes.RTLD_GLOBAL
            names.append(name)

        def getInferLibVersion(self):  # noqa: N802  # NVIDIA's name
            return 101303

    monkeypatch.setattr(ctypes, "CDLL", Library)
    tensorrt_version.cache_clear()
    yield names
    tensorrt_version.cache_clear()


def test_the_systems_libraries_are_taken_where_there_is_no_package(loaded):
    assert tensorrt_version() == "10.13.3"
    assert loaded == list(LIBRARIES)


def test_those_of_the_package_come_before_them(loaded, monkeypatch, tmp_path):
    package = tmp_path / "tensorrt_libs"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    tensorrt_version()
    assert loaded == [str(package / name) for name in LIBRARIES]


def test_without_them_there_is_no_version(monkeypatch):
    def missing(*_):
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    tensorrt_version.cache_clear()
    assert tensorrt_version() == ""
    tensorrt_version.cache_clear()
