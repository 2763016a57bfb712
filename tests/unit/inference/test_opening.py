"""How a model is opened on a GPU: what ONNX Runtime is asked for, and what becomes of what it says.

ONNX Runtime's session is played: here is no GPU. Its errors are its own.
"""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest
from structlog.testing import capture_logs

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.events import Event
from hybridface_worker.inference import engine
from hybridface_worker.inference.engine import EngineFolder, Platform
from hybridface_worker.inference.memory import DeviceMemoryError
from hybridface_worker.inference.onnx_shapes import free_shapes
from hybridface_worker.inference.session import SessionOptions, UnreadableModelError, open_session
from support import standins
from support.convolution import convolution
from support.onnx_graph import ANY_BATCH

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
errors = onnxruntime.capi.onnxruntime_pybind11_state


class Declared:
    type = "tensor(float)"

    def __init__(self, name):
        self.name = name
        self.shape = ["n", 512]


class Runtime:
    """Stands for `onnxruntime.InferenceSession`: it notes what it is asked, and does what a test wants done."""

    def __init__(self, monkeypatch, *, does=None, lacks=()):
        self.asked = []
        self._does = does or (lambda *_: None)
        self._lacks = lacks
        monkeypatch.setattr(onnxruntime, "InferenceSession", self._open)

    def _open(self, source, settings, *, providers, enable_fallback):
        assert not enable_fallback
        names = [name for name, _ in providers]
        self.asked.append((names[0], source))
        self._does(names[0], source, settings)
        return Played([name for name in names if name not in self._lacks])


class Played:
    def __init__(self, providers):
        self._providers = providers

    def get_providers(self):
        return self._providers

    def get_inputs(self):
        return [Declared("source"), Declared("target")]

    def get_outputs(self):
        return [Declared("output")]


@pytest.fixture
def model(tmp_path):
    return standins.inswapper(tmp_path / "inswapper.onnx", export=ANY_BATCH)


@pytest.fixture
def engines(tmp_path, monkeypatch):
    """On a machine that has all of it."""
    monkeypatch.setattr(
        engine,
        "this_platform",
        lambda device: Platform("1.31.1", device, "9.0", "10.13.3" if device == "tensorrt" else ""),
    )
    monkeypatch.setattr("hybridface_worker.inference.opening.this_platform", engine.this_platform)
    return EngineFolder(tmp_path / "engines")


def files(folder):
    return [path for path in folder.rglob("*.onnx") if path.parent != folder]


def test_without_its_libraries_a_gpu_hands_the_work_back(monkeypatch, model):
    Runtime(monkeypatch, lacks={CUDA})
    with pytest.raises(LacksPlanError, match=f"could not start {CUDA}"):
        open_session(model, options=SessionOptions(device="cuda"))


@pytest.mark.parametrize(
    "error", [RuntimeError, errors.EPFail, errors.RuntimeException], ids=lambda error: error.__name__
)
def test_a_gpu_that_does_not_start_hands_the_work_back_and_says_why(monkeypatch, model, error):
    def fail(*_):
        raise error("CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version")

    Runtime(monkeypatch, does=fail)
    with pytest.raises(LacksPlanError, match=r"device cuda.*driver version is insufficient"):
        open_session(model, options=SessionOptions(device="cuda"))


@pytest.mark.parametrize(
    "said",
    [
        "CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc((void**)&p, size);",
        "Failed to allocate memory for requested buffer of size 1073741824",
        "Available memory of 1024 is smaller than requested bytes of 2048",
        "CUDNN failure 4004: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED ; GPU=0",
    ],
)
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_without_room_for_a_model_is_out_of_memory(monkeypatch, model, device, said):
    def fail(*_):
        raise errors.RuntimeException(f"[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : {said}")

    Runtime(monkeypatch, does=fail)
    with pytest.raises(DeviceMemoryError):
        open_session(model, options=SessionOptions(device=device))


def test_inputs_are_in_the_models_order_though_an_engine_has_another(monkeypatch, model):
    Runtime(monkeypatch)
    session = open_session(model, options=SessionOptions(device="tensorrt"))
    assert [each.name for each in session.inputs] == ["target", "source"]


def test_what_tensorrt_does_not_build_is_run_by_cuda(monkeypatch, model):
    def fail(provider, *_):
        if provider == TENSORRT:
            raise errors.EPFail("User needs to provide all the dynamic shape inputs with associated profiles")

    runtime = Runtime(monkeypatch, does=fail)
    with capture_logs() as logs:
        open_session(model, options=SessionOptions(device="tensorrt"))
    assert [provider for provider, _ in runtime.asked] == [TENSORRT, CUDA]
    assert [(line["event"], line["message"][:20]) for line in logs] == [
        (Event.ENGINE_NOT_BUILT, "User needs to provid")
    ]


def test_what_cannot_be_recorded_is_run_plainly(monkeypatch, model):
    asked = []

    class Refusing(Runtime):
        def _open(self, source, settings, *, providers, **rest):
            asked.append(providers[0][1]["enable_cuda_graph"])
            if asked == ["1"]:
                raise errors.Fail("This session cannot use the graph capture feature as requested by the user")
            return super()._open(source, settings, providers=providers, **rest)

    Refusing(monkeypatch)
    with capture_logs() as logs:
        session = open_session(model, options=SessionOptions(device="cuda", cuda_graphs=True))
    assert asked == ["1", "0"]
    assert [line["event"] for line in logs] == [Event.ENGINE_NOT_BUILT]
    assert session.inputs


def test_where_tensorrt_does_not_start_it_is_not_replaced_in_silence(monkeypatch, model):
    def fail(*_):
        raise RuntimeError("Please install TensorRT libraries")

    Runtime(monkeypatch, does=fail)
    with pytest.raises(LacksPlanError, match="device tensorrt does not start: Please install TensorRT libraries"):
        open_session(model, options=SessionOptions(device="tensorrt"))
    runtime = Runtime(monkeypatch, lacks={TENSORRT})
    with pytest.raises(LacksPlanError, match=f"could not start {TENSORRT}"):
        open_session(model, options=SessionOptions(device="tensorrt"))
    assert len(runtime.asked) == 1


def test_pictures_of_any_size_are_not_for_tensorrt(monkeypatch):
    """It would build an engine for each."""
    runtime = Runtime(monkeypatch)
    open_session(free_shapes(convolution(), ["crops"]), options=SessionOptions(device="tensorrt"))
    assert [provider for provider, _ in runtime.asked] == [CUDA]


def test_what_is_no_model_is_refused_before_tensorrt_is_asked(monkeypatch):
    runtime = Runtime(monkeypatch)
    with pytest.raises(UnreadableModelError):
        open_session(b"\xff", options=SessionOptions(device="tensorrt"))
    assert not runtime.asked


def leaves(what):
    """Puts that where TensorRT is told to leave its engine."""

    def leave(_provider, _source, settings):
        if settings.get_session_config_entry("ep.context_enable") == "1":
            assert settings.get_session_config_entry("ep.context_embed_mode") == "1"
            Path(settings.get_session_config_entry("ep.context_file_path")).write_bytes(what)

    return leave


def test_tensorrts_engine_is_kept_and_taken_again(monkeypatch, model, engines, tmp_path):
    runtime = Runtime(monkeypatch, does=leaves(model.read_bytes()))
    options = SessionOptions(device="tensorrt", engines=engines)
    open_session(model, options=options)
    (kept,) = files(tmp_path / "engines")
    assert kept.name == "tensorrt-9.0-ort1.31.1-trt10.13.3-batch8-fp16.onnx"
    monkeypatch.setattr(runtime, "_does", lambda *_: None)
    open_session(model, options=options)
    assert runtime.asked == [(TENSORRT, str(model)), (TENSORRT, str(kept))]


def test_of_a_model_that_tensorrt_works_in_parts_no_part_is_kept_for_the_whole(monkeypatch, model, engines, tmp_path):
    Runtime(monkeypatch, does=leaves(convolution()))
    open_session(model, options=SessionOptions(device="tensorrt", engines=engines))
    assert files(tmp_path / "engines") == []


def test_an_engine_that_was_not_written_whole_is_not_kept(monkeypatch, model, engines, tmp_path):
    Runtime(monkeypatch, does=leaves(b""))
    open_session(model, options=SessionOptions(device="tensorrt", engines=engines))
    assert files(tmp_path / "engines") == []


def test_an_engine_that_tensorrt_does_not_read_is_made_anew(monkeypatch, model, engines, tmp_path):
    options = SessionOptions(device="tensorrt", engines=engines)
    Runtime(monkeypatch, does=leaves(model.read_bytes()))
    open_session(model, options=options)
    (kept,) = files(tmp_path / "engines")

    def fail(_provider, source, _settings):
        if source == str(kept):
            raise errors.EPFail("TensorRT EP could not deserialize engine from binary data")

    runtime = Runtime(monkeypatch, does=fail)
    open_session(model, options=options)
    assert runtime.asked == [(TENSORRT, str(kept)), (TENSORRT, str(model))]
