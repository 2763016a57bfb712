"""What the operator and its workers agree on: documents, storage keys, reason codes and exit codes.

Rules of this package: standard library and pydantic only, no I/O, no clock. Both packages import it; it imports
nothing of either.
"""
