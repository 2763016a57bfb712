"""Stand-ins for models whose weights cannot be had: real names, types, shapes and maps; drawn weights.

None of them is the model that it stands for, and none makes a face that anybody would want. What they make depends on
all that goes in, so that a wrong input shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path

import numpy as np
import yaml

from hybridface_worker.contract.spec import ModelKind, ModelRef

from .onnx_graph import ANY_BATCH, ONE, Export, Graph
from .standin_scrfd import scrfd

CROP, WIDTH = 128, 512
LICENCE = "stand-in"


class Cost(Enum):
    """Of an inswapper: channels of its first layer, and blocks that mix the source in. The first grows eightfold."""

    TINY = (2, 1)
    MIDDLING = (32, 2)
    """About 50 ms a face on two cores: 96 ms of one."""
    FULL = (128, 6)
    """554 MB of weights, as the real one has, and some 3 s of one core a face."""


def inswapper(path: Path, cost: Cost = Cost.TINY, export: Export = ONE) -> Path:
    """As the real one is built: convolutions down to 32 x 32, blocks whose channels the source scales, and up again."""
    first, blocks = cost.value
    graph = Graph("standin_inswapper", export, seed=1)
    target = graph.input("target", export.shape(3, CROP, CROP))
    source = graph.input("source", export.shape(WIDTH))
    value = graph.node("Relu", graph.convolution(target, 3, first, 7))
    wide = first
    for stride in (2, 2, 1):
        value = graph.node("Relu", graph.convolution(value, wide, 2 * wide, 3, stride))
        wide *= 2
    for _ in range(blocks):
        mixed = value
        for last in (False, True):
            mixed = _styled(graph, graph.convolution(mixed, wide, wide, 3), source, wide)
            mixed = mixed if last else graph.node("Relu", mixed)
        value = graph.node("Add", value, mixed)
    for factor in (1, 2, 2):
        if factor > 1:
            scales = graph.constant([1, 1, factor, factor], np.float32)
            value = graph.node("Resize", value, "", scales, mode="nearest", nearest_mode="floor")
        value = graph.node("Relu", graph.convolution(value, wide, wide // 2, 3))
        wide //= 2
    made = graph.convolution(value, wide, 3, 7, gain=0.5)
    graph.output(graph.node("Sigmoid", graph.node("Add", made, target)), "output", export.shape(3, CROP, CROP))
    emap = np.random.default_rng(2).standard_normal((WIDTH, WIDTH), np.float32) / np.sqrt(WIDTH)
    return graph.save(path, last_weight=emap)


def negative(path: Path) -> Path:
    """An inswapper with next to nothing to compute: every crop's negative, shaded by the source."""
    export = ONE
    graph = Graph("standin_inswapper", export)
    target = graph.input("target", export.shape(3, CROP, CROP))
    shade = graph.node("ReduceMean", graph.input("source", export.shape(WIDTH)), axes=[0, 1], keepdims=0)
    shading = graph.node("Mul", shade, graph.constant(1e-3))
    turned = graph.node("Sub", graph.constant(1.0), target)
    graph.output(graph.node("Add", turned, shading), "output", export.shape(3, CROP, CROP))
    return graph.save(path, last_weight=np.eye(WIDTH))


def arcface(path: Path, export: Export = ANY_BATCH) -> Path:
    """Vectors of what differs from place to place in a crop: near each other for pictures that look alike."""
    graph = Graph("standin_arcface", export, seed=3)
    value = graph.input("input.1", export.shape(3, 112, 112))
    edges = np.random.default_rng(4).standard_normal((16, 3, 8, 8), np.float32)
    edges -= edges.mean(axis=(1, 2, 3), keepdims=True)
    value = graph.node("Conv", value, graph.constant(edges / 14), kernel_shape=[8, 8], strides=[8, 8])
    ones, zeros = graph.constant(np.ones(16)), graph.constant(np.zeros(16))
    value = graph.node("InstanceNormalization", value, ones, zeros, epsilon=1e-5)
    value = graph.node("Tanh", value)
    flat = graph.node("Flatten", value, axis=1)
    value = graph.node("Gemm", flat, graph.random(16 * 14 * 14, WIDTH, scale=1 / 56))
    graph.output(value, "683", [1, WIDTH])  # the real one declares one, and gives as many as there are
    return graph.save(path)


def gfpgan(path: Path, export: Export = ONE) -> Path:
    """Every face with its edges sharpened, and a little of a drawn texture."""
    graph = Graph("standin_gfpgan", export, seed=5)
    face = graph.input("input", export.shape(3, 512, 512))
    graph.output(_sharpened(graph, face, graph.constant(1.0)), "output", export.shape(3, 512, 512))
    return graph.save(path)


def codeformer(path: Path, export: Export = ONE) -> Path:
    """The same, the less the larger `weight` is."""
    graph = Graph("standin_codeformer", export, seed=6)
    face = graph.input("input", export.shape(3, 512, 512))
    weight = graph.node("Cast", graph.input("weight", [1], np.float64), to=10 if export.half else 1)
    amount = graph.node("Sub", graph.constant([1.5]), weight)
    graph.output(_sharpened(graph, face, amount), "output", export.shape(3, 512, 512))
    return graph.save(path)


def xseg(path: Path, export: Export = ANY_BATCH) -> Path:
    """Takes for something before the face what is bluer than red; the real one, too, is given blue first."""
    graph = Graph("standin_xseg", export)
    value = graph.input("in_face:0", export.shape(256, 256, 3))
    score = graph.node("MatMul", value, graph.constant([[-12.0], [0.0], [12.0]]))
    mask = graph.node("Sigmoid", graph.node("Add", score, graph.constant(4.0)))
    graph.output(mask, "out_mask:0", export.shape(256, 256, 1))
    return graph.save(path)


Writer = Callable[[Path], Path]
ALL: dict[str, tuple[ModelKind, str, Writer]] = {
    "standin-scrfd": ("detector", "scrfd", scrfd),
    "standin-arcface": ("recogniser", "arcface", arcface),
    "standin-inswapper": ("swapper", "inswapper", inswapper),
    "standin-gfpgan": ("restorer", "gfpgan", gfpgan),
    "standin-codeformer": ("restorer", "codeformer", codeformer),
    "standin-xseg": ("occluder", "xseg", xseg),
}
"""A stand-in of each format, by the name that catalogues of the tests give it: kind, format, what writes it."""


def reference(name: str, file: Path) -> ModelRef:
    """The reference to one of `ALL` that was written to the file."""
    kind, format, _ = ALL[name]
    return ModelRef(name=name, kind=kind, format=format, uri=file.as_uri(), sha256=digest(file), licence=LICENCE)


def write_catalogue(folder: Path, names: Iterable[str] = ALL) -> Path:
    """Stand-ins in a folder, and the catalogue that names them: `models.yaml`, with paths as users write them."""
    models = {}
    for name in names:
        kind, format, write = ALL[name]
        file = write(folder / f"{name}.onnx")
        models[name] = {"kind": kind, "format": format, "uri": file.name, "sha256": digest(file), "licence": LICENCE}
    catalogue = folder / "models.yaml"
    catalogue.write_text(yaml.safe_dump({"models": models}))
    return catalogue


def digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _styled(graph: Graph, value: str, source: str, channels: int) -> str:
    """Each channel with mean 0 and deviation 1, then scaled and shifted by what the source says."""
    mean = graph.node("ReduceMean", value, axes=[2, 3])
    centred = graph.node("Sub", value, mean)
    variance = graph.node("ReduceMean", graph.node("Mul", centred, centred), axes=[2, 3])
    deviation = graph.node("Sqrt", graph.node("Add", variance, graph.constant(1e-4)))
    normal = graph.node("Div", centred, deviation)
    style = graph.node("Gemm", source, graph.random(2 * channels, WIDTH, scale=1.0), transB=1)
    parts = graph.node("Split", graph.node("Unsqueeze", style, graph.constant([2, 3], np.int64)), axis=1, outputs=2)
    return graph.node("Add", graph.node("Mul", normal, parts), f"{parts}_1")


def _sharpened(graph: Graph, face: str, amount: str) -> str:
    blur = graph.node("AveragePool", face, kernel_shape=[7, 7], pads=[3] * 4, count_include_pad=0)
    edges = graph.node("Mul", graph.node("Sub", face, blur), amount)
    texture = graph.node("Mul", graph.convolution(face, 3, 3, 5), graph.constant(0.02))
    return graph.node("Add", graph.node("Add", face, edges), texture)
