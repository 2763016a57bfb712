"""A small model that needs memory in proportion to its batch, and swappers that run it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from hybridface_worker.inference.session import Session, SessionOptions, open_session
from hybridface_worker.swappers.protocol import Crops, Source

SIDE = 64
CHANNELS = 32
BYTES_A_CROP = CHANNELS * SIDE * SIDE * 4
"""Of what lies between its two layers."""


def convolution(batch: int | None = None) -> bytes:
    """Two convolutions, `crops` float [N, 3, SIDE, SIDE] -> `made` of the same shape; N is free unless it is given."""
    rng = np.random.default_rng(7)
    shape = [batch or "n", 3, SIDE, SIDE]
    weights = {"one": (CHANNELS, 3, 3, 3), "two": (3, CHANNELS, 3, 3)}
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["crops", "one"], ["wide"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["wide"], ["bent"]),
            helper.make_node("Conv", ["bent", "two"], ["made"], pads=[1, 1, 1, 1]),
        ],
        "convolution",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("made", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(rng.normal(0, 0.1, size).astype(np.float32), name) for name, size in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def crops(count: int) -> Crops:
    """Random ones [count, SIDE, SIDE, 3]."""
    return np.random.default_rng(3).integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)


def feeds(count: int) -> dict[str, npt.NDArray[np.float32]]:
    """What the model takes."""
    return {"crops": np.ascontiguousarray(crops(count).transpose(0, 3, 1, 2), np.float32) / np.float32(255)}


class Convolving:
    """A swapper that runs the model, in as large a batch as it is given."""

    size = SIDE
    needs_embedding = False

    def __init__(self, options: SessionOptions) -> None:
        self.session: Session = open_session(convolution(), options=options)

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """What the model makes of the crops; sources do not count."""
        assert len(sources) == len(crops)
        made = self.session.run({"crops": crops.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)})[0]
        return np.asarray(np.clip(made.transpose(0, 2, 3, 1) * 255, 0, 255), np.uint8)
