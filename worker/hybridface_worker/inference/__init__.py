"""ONNX models as they lie in files: opened, checked by what they take and give, and run.

Rules of this package: it knows tensors, never faces, crops or frames. Whoever reads a format says what its file has to
look like (`expect`), and turns pictures into tensors and back.
"""
