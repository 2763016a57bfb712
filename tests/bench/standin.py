"""A stand-in for an inswapper model: its names, shapes and latent map, and next to nothing to compute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE, LATENT = 128, 512


def write_standin(path: Path) -> None:
    """Writes a model that turns every crop into its negative, shaded by the latent, so that all of it is changed.

    Inputs `target` float [1, 3, 128, 128], RGB in 0..1, and `source` float [1, 512]; output of the target's shape. The
    last initializer is the map [512, 512] that INSwapper multiplies embeddings with.
    """
    shape = [1, 3, SIZE, SIZE]
    constants = [
        numpy_helper.from_array(np.array(value, np.float32), name)
        for name, value in (("one", 1.0), ("little", 1e-3), ("emap", np.eye(LATENT)))
    ]
    nodes = [
        helper.make_node("Sub", ["one", "target"], ["negative"]),
        helper.make_node("ReduceMean", ["source"], ["shade"], axes=[0, 1], keepdims=0),
        helper.make_node("Mul", ["shade", "little"], ["shading"]),
        helper.make_node("Add", ["negative", "shading"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "standin",
        [
            helper.make_tensor_value_info("target", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("source", TensorProto.FLOAT, [1, LATENT]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        constants,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
