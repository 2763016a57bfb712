"""The CustomResourceDefinition of FaceSwapJob, made from the models in `spec`.

Rules of this package: values in, values out. Bounds, defaults and descriptions are the models' and are never written
here; what a model says in code instead of in its schema is said here in CEL. What CEL does not say:

- `metadata.labels` and `annotations` hold at most 256 entries: the API server has bounds of its own for them.
- A folder's address gets a slash at its end: the operator reads it so, and the object stays as its owner wrote it.
- Which models there are, and which formats are read, depends on the catalogue and the version: a condition says it.
- That consent has not expired needs the time: a ValidatingAdmissionPolicy compares it with the creation.
"""

from .document import document

__all__ = ["document"]
