"""FaceSwapJob: its schema, and how manifests are read, judged and compared.

Rules of this package: nothing but `load.py` touches a file, nothing reads a clock, nothing talks to a cluster. The
models are what the CustomResourceDefinition is made of: every bound and description here is one there.
"""
