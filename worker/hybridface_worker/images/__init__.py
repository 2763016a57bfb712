"""Still images: reading samples and metadata, and writing them back.

Containers are parsed by `png`, `jpeg` and `webp`, so that size and type are known before a decoder sees a byte, and
metadata is carried as it was stored. This package knows nothing of faces, storage or jobs.
"""
