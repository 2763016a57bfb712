"""Which device runs models, and how it is told and kept busy."""

from __future__ import annotations

import sys

import onnxruntime
import pytest

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.inference import runtime
from hybridface_worker.inference.device import Device, Lanes, choose, device
from hybridface_worker.inference.gpu import compute_capability
from hybridface_worker.inference.onnx_parts import Interface, interface
from hybridface_worker.inference.providers import providers
from hybridface_worker.inference.runtime import available_providers
from hybridface_worker.inference.session import SessionOptions
from support import standins
from support.onnx_graph import ANY_BATCH

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"


@pytest.mark.parametrize(
    ("choice", "available", "chosen"),
    [
        ("auto", {CPU}, "cpu"),
        ("auto", {CPU, CUDA, TENSORRT}, "cuda"),
        ("cpu", {CPU, CUDA}, "cpu"),
        ("cuda", {CPU, CUDA}, "cuda"),
        ("tensorrt", {CPU, CUDA, TENSORRT}, "tensorrt"),
    ],
)
def test_one_setting_names_the_device(choice, available, chosen):
    assert choose(choice, available) == chosen


@pytest.mark.parametrize("choice", ["cuda", "tensorrt"])
def test_a_device_that_is_not_here_hands_the_work_back(choice):
    with pytest.raises(LacksPlanError, match=f"HYBRIDFACE_DEVICE={choice}.*only CPUExecutionProvider") as raised:
        choose(choice, {CPU})
    assert raised.value.exit_code is ExitCode.LACKS_PLAN


def test_providers_of_gpus_are_only_named_where_the_driver_knows_one():
    gpus = available_providers() & {CUDA, TENSORRT}
    assert not gpus or compute_capability()
    assert CPU in available_providers()


@pytest.mark.parametrize(("version", "offered"), [("10.13.3", {CPU, CUDA, TENSORRT}), ("", {CPU, CUDA})])
def test_tensorrt_is_offered_where_its_libraries_are_and_nothing_is_said_on_standard_output(
    monkeypatch, capsys, version, offered
):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: sys.stdout.write("Failed to load\n"))
    monkeypatch.setattr(runtime, "compute_capability", lambda: "9.0")
    monkeypatch.setattr(runtime, "tensorrt_version", lambda: version)
    assert available_providers() == offered
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Failed to load\n")


def test_processors_are_worked_in_lanes_and_gpus_in_batches():
    assert device("cpu", threads=4, batch=8, pictures=64) == Device(
        "cpu", detecting=Lanes(4, 1, 1), swapping=Lanes(4, 2, 1)
    )
    assert device("cuda", threads=4, batch=8, pictures=64) == Device(
        "cuda", detecting=Lanes(2, 8, 1), swapping=Lanes(2, 8, 4)
    )
    assert not device("cpu", threads=4, batch=8, pictures=64).is_gpu


@pytest.mark.parametrize(("threads", "batch"), [(1, 8), (2, 1), (3, 8), (16, 8), (64, 3)])
def test_processors_have_no_more_faces_in_all_lanes_than_a_batch_and_no_more_threads_than_there_are(threads, batch):
    lanes = device("cpu", threads=threads, batch=batch, pictures=64).swapping
    assert 1 <= lanes.count * lanes.size <= batch
    assert 1 <= lanes.count * lanes.threads <= threads


def test_few_pictures_have_all_threads_between_them():
    assert device("cpu", threads=4, batch=8, pictures=1) == Device("cpu", Lanes(1, 1, 4), Lanes(1, 8, 4))
    assert device("cpu", threads=4, batch=8, pictures=2) == Device("cpu", Lanes(2, 1, 2), Lanes(2, 4, 2))


def test_processors_need_no_options():
    assert providers(SessionOptions()) == [(CPU, {})]


def test_cuda_has_its_memory_bounded_and_processors_behind_it():
    (name, told), *rest = providers(SessionOptions(device="cuda", memory_bytes=2**30, cuda_graphs=True))
    assert (name, rest) == (CUDA, [(CPU, {})])
    assert told["gpu_mem_limit"] == str(2**30)
    assert told["enable_cuda_graph"] == "1"


def told_tensorrt(timings=None, **inputs):
    name, told = providers(SessionOptions(device="tensorrt", batch=8), Interface(inputs, ["made"]), timings)[0]
    assert name == TENSORRT
    return told


def test_tensorrt_builds_one_engine_for_all_batches_where_only_the_batch_is_free():
    told = told_tensorrt(target=(None, 3, 128, 128), source=(None, 512))
    assert told["trt_fp16_enable"] == "1"
    assert told["trt_profile_min_shapes"] == "target:1x3x128x128,source:1x512"
    assert told["trt_profile_max_shapes"] == told["trt_profile_opt_shapes"] == "target:8x3x128x128,source:8x512"
    assert "trt_profile_min_shapes" not in told_tensorrt(target=(1, 3, 128, 128))
    assert told_tensorrt(input=(None, 3, 512, 512), weight=(1,))["trt_profile_max_shapes"] == "input:8x3x512x512"


def test_tensorrt_keeps_its_timings_in_a_folder_that_is_given(tmp_path):
    told = told_tensorrt(timings=tmp_path)
    assert (told["trt_timing_cache_enable"], told["trt_timing_cache_path"]) == ("1", str(tmp_path))
    assert "trt_timing_cache_path" not in told_tensorrt()


def test_cuda_computes_in_whole_precision():
    """TF32 keeps 10 bits of each factor: then the kernel that is taken for a batch would show in the samples."""
    assert dict(providers(SessionOptions(device="cuda")))[CUDA]["use_tf32"] == "0"
    assert dict(providers(SessionOptions(device="tensorrt")))[CUDA]["use_tf32"] == "0"


@pytest.mark.parametrize(
    ("write", "largest"),
    [
        (standins.inswapper, "target:4x3x128x128,source:4x512"),
        (standins.arcface, "{}:4x3x112x112"),
        (standins.xseg, "{}:4x256x256x3"),
        (standins.gfpgan, "input:4x3x512x512"),
        (standins.codeformer, "input:4x3x512x512"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_tensorrt_is_told_the_batches_of_every_format(tmp_path, write, largest):
    declared = interface(write(tmp_path / "model.onnx", export=ANY_BATCH))
    assert declared.only_batch_is_open
    told = providers(SessionOptions(device="tensorrt", batch=4), declared)[0][1]
    first, *_ = declared.inputs
    assert told["trt_profile_max_shapes"] == told["trt_profile_opt_shapes"] == largest.format(first)
    assert told["trt_profile_min_shapes"] == largest.format(first).replace(":4x", ":1x")
