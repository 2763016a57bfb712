"""`inputs.json`: every object that the job reads, as it was when the job was expanded. Frozen by its first write."""

from __future__ import annotations

from pydantic import Field

from .document import Document, Part


class InputObject(Part):
    """One object and the identity it had. Later reads send `etag` as If-Match."""

    uri: str
    size: int = Field(ge=0)
    etag: str
    """Of an S3 object its ETag; of a file `size-mtime_ns-inode`."""


class SourceImage(InputObject):
    """One image of a source."""

    source: str
    item: int = Field(ge=0)


class TargetItem(InputObject):
    """One input image or video. `item` counts within the target, in key order."""

    target: str
    item: int = Field(ge=0)
    relative_path: str
    """The path below the target's prefix; the last segment of the URI where the target is a single object."""
    of_prefix: bool = False
    """Whether the target is a prefix, so that outputs are named by their relative paths."""


class Inputs(Document):
    """All inputs, targets in the order of the specification and items in key order."""

    sources: tuple[SourceImage, ...]
    targets: tuple[TargetItem, ...]
