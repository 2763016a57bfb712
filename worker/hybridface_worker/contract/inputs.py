"""`inputs.json`: every object that the job reads, as it was when the job was expanded. Frozen by its first write."""

from __future__ import annotations

from pydantic import Field

from .document import Document, Part
from .fields import Count, RelativePath, Segment, Uri


class InputObject(Part):
    """One object and the identity it had."""

    uri: Uri
    """Where it is."""
    size: Count
    """Bytes."""
    etag: str = Field(max_length=1024)
    """Of an S3 object its ETag, of a file `size-mtime_ns-inode`. Every later read demands it."""


_REFERENCE = "_reference-"
"""No source's own name begins with an underscore."""


def reference_name(number: int) -> str:
    """Under which name a reference stands among the images of sources."""
    return f"{_REFERENCE}{number:02d}"


def is_reference(name: str) -> bool:
    """Whether it is a reference's name, and no source's."""
    return name.startswith(_REFERENCE)


class SourceImage(InputObject):
    """One image of a source, or one that shows a person who is looked for."""

    source: Segment
    """The source's name; of the n-th reference, counted from 0, `_reference-<n>` with two digits."""
    item: Count
    """Which of the source's images, in the order of the specification."""


class TargetItem(InputObject):
    """One input image or video."""

    target: Segment
    """The target's name."""
    item: Count
    """Which of the target's objects, in key order."""
    relative_path: RelativePath
    """The path below the target's prefix; the last segment of the URI where the target is a single object."""
    of_prefix: bool = False
    """Whether the target is a prefix, so that outputs are named by their relative paths."""


class Inputs(Document):
    """All inputs of a job."""

    sources: tuple[SourceImage, ...]
    """In the order of the specification, then the references."""
    targets: tuple[TargetItem, ...]
    """Targets in the order of the specification, the items of each in key order."""
