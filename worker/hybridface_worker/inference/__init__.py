"""ONNX models: opened, checked by their inputs and outputs, and run.

Rules of this package: it knows tensors, never faces, crops or frames. The class of a format declares the inputs and
outputs of its files (`expect`), and converts pictures to tensors and back.
"""
