"""Refusals that all image formats share."""

from __future__ import annotations

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason


def truncated(what: str) -> InputRefused:
    """The file ends before its content does."""
    return InputRefused(Reason.INPUT_TRUNCATED, f"the image ends too early: {what}; upload it again, whole")


def unreadable(what: str) -> InputRefused:
    """The file contradicts its format."""
    return InputRefused(Reason.INPUT_UNREADABLE, f"the image is damaged: {what}; export it again from its original")


def not_supported(what: str) -> InputRefused:
    """A kind of samples that is not supported."""
    return InputRefused(
        Reason.PIXEL_FORMAT_NOT_SUPPORTED, f"{what}; convert it to greyscale or RGB with 8 or 16 bits per sample"
    )


def animated(what: str) -> InputRefused:
    """More than one frame."""
    return InputRefused(
        Reason.FORMAT_NOT_ALLOWED, f"{what} is animated; only still images are processed: convert it to a video"
    )
