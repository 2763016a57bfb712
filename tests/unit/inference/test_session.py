"""Files that are no models, or other ones: each is refused with what was expected and what was found."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.inference.session import SessionOptions, Tensor, UnreadableModelError, open_session
from hybridface_worker.inference.signature import Wanted, expect, open_model
from support import standins
from support.onnx_graph import ANY_BATCH, Export

OPTIONS = SessionOptions(threads=1)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return standins.codeformer(tmp_path_factory.mktemp("session") / "codeformer.onnx", ANY_BATCH)


def test_inputs_and_outputs_are_those_that_the_file_declares(file):
    session = open_session(file, options=OPTIONS)
    assert session.inputs == (
        Tensor("input", "float32", (None, 3, 512, 512)),
        Tensor("weight", "float64", (1,)),
    )
    assert session.outputs == (Tensor("output", "float32", (None, 3, 512, 512)),)


def test_a_model_may_come_as_bytes(file):
    assert open_session(file.read_bytes(), options=OPTIONS).inputs == open_session(file, options=OPTIONS).inputs


def test_half_precision_is_told(tmp_path):
    session = open_session(standins.gfpgan(tmp_path / "half.onnx", Export(half=True)), options=OPTIONS)
    assert session.inputs[0].dtype == "float16"


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(1000)])
def test_what_is_no_model_is_said_so(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(UnreadableModelError):
        open_session(path, options=OPTIONS)
    with pytest.raises(TaskError) as caught:
        open_model(standins.reference("standin-gfpgan", path), path, options=OPTIONS, inputs=[], outputs=[])
    assert caught.value.reason is Reason.MODEL_MISMATCH
    assert caught.value.exit_code is ExitCode.BAD_TASK
    assert caught.value.message.startswith(
        "restorer standin-gfpgan: its file is no gfpgan model: expected an ONNX model; ONNX Runtime says: "
    )


@pytest.mark.parametrize("part", [0.1, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_no_model(tmp_path, part):
    whole = standins.arcface(tmp_path / "whole.onnx").read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(UnreadableModelError):
        open_session(tmp_path / "cut.onnx", options=OPTIONS)


def test_600_megabytes_behind_a_model_make_it_none(tmp_path):
    path = standins.xseg(tmp_path / "large.onnx")
    with path.open("r+b") as file:
        file.truncate(600 * 2**20)  # a hole: nothing is written
    with pytest.raises(UnreadableModelError):
        open_session(path, options=OPTIONS)


def test_a_model_whose_weights_lie_in_another_file_is_no_whole_model(tmp_path):
    """The catalogue has the digest of one file."""
    model = onnx.load(standins.inswapper(tmp_path / "whole.onnx"))
    onnx.save(model, tmp_path / "outside.onnx", save_as_external_data=True, location="weights", size_threshold=0)
    (tmp_path / "weights").unlink()
    with pytest.raises(UnreadableModelError, match="weights"):
        open_session(tmp_path / "outside.onnx", options=OPTIONS)


MODEL = Wanted((None, 3, 512, 512), name="input"), Wanted((1,), ("float64",))


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        (MODEL[:1], "inputs: expected input float32 or float16 [any, 3, 512, 512]; found input"),
        ((*MODEL, MODEL[0]), "inputs: expected"),
        ((Wanted((None, 3, 256, 512)), MODEL[1]), "expected (any name) float32 or float16 [any, 3, 256, 512], "),
        (
            (Wanted((None, 3, 512)), MODEL[1]),
            "[any, 3, 512], (any name) float64 [1]; found input float32 [any, 3, 512,",
        ),
        ((MODEL[0], Wanted((1,))), "found input float32 [any, 3, 512, 512], weight float64 [1]"),
        ((Wanted((None, 3, 512, 512), name="image"), MODEL[1]), "expected image float32"),
        ((MODEL[1], MODEL[0]), "inputs: expected (any name) float64 [1], input"),
        ((Wanted((..., 3)), MODEL[1]), "expected (any name) float32 or float16 [..., 3]"),
    ],
)
def test_what_is_not_as_expected_is_told_beside_what_is(file, inputs, problem):
    session, model = open_session(file, options=OPTIONS), standins.reference("standin-codeformer", file)
    with pytest.raises(TaskError) as caught:
        expect(session, model, inputs=inputs, outputs=[Wanted((None, 3, 512, 512))])
    assert problem in caught.value.message
    assert caught.value.message.startswith("restorer standin-codeformer: its file is no codeformer model: ")


def test_outputs_are_looked_at_as_well(file):
    session, model = open_session(file, options=OPTIONS), standins.reference("standin-codeformer", file)
    expect(session, model, inputs=MODEL, outputs=[Wanted((..., 512, 512))])
    with pytest.raises(TaskError, match=r"outputs: expected none; found output float32 \[any, 3, 512, 512\]"):
        expect(session, model, inputs=MODEL, outputs=[])


def test_a_size_that_the_file_leaves_open_fits_every_size():
    declared = Tensor("x", "float32", (None, 3, None, None))
    assert Wanted((1, 3, 640, 640)).allows(declared)
    assert not Wanted((1, 4, 640, 640)).allows(declared)
    assert Wanted((..., 3, None, 640)).allows(declared)
    assert Wanted((...,)).allows(Tensor("x", "float32", ()))


def test_threads_do_not_change_results(file):
    face = np.random.default_rng(0).standard_normal((1, 3, 512, 512)).astype(np.float32)
    feeds = {"input": face, "weight": np.array([0.5])}
    one, two = (open_session(file, options=SessionOptions(threads=count)).run(feeds) for count in (1, 2))
    assert np.array_equal(one[0], two[0])
