"""The worker: probe, swap and merge. It does the pixels and knows nothing of Kubernetes."""

__version__ = "0.1.0"
