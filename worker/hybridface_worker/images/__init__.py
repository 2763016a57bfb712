"""Still images: what a file is, its samples and everything beside them, and writing it back as it was.

A file is taken apart by our own readers of its container (`png`, `jpeg`, `webp`), so that size and type are known
before a decoder sees a byte, and what stands beside the samples is carried as it was stored. This package knows
nothing of faces, storage or jobs.
"""
