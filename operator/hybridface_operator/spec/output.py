"""Where results go, and in which form."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .model import SpecModel
from .types import CODEC, OPTION_NAME, OPTION_VALUE
from .uris import FolderUri

OptionName = Annotated[str, Field(max_length=64, pattern=OPTION_NAME)]
OptionValue = Annotated[str, Field(max_length=256, pattern=OPTION_VALUE)]


class VideoOutput(SpecModel):
    """The format of videos."""

    container: Literal["same", "mp4", "mov", "mkv", "webm"] = "same"
    """The container; `same` keeps each video's own."""
    encoder: Annotated[str, Field(min_length=1, max_length=32, pattern=CODEC)] = "auto"
    """`auto` keeps each video's own codec. Otherwise a codec such as `h264`, or an FFmpeg encoder such as `libx264`."""
    quality: Literal["visually-lossless", "high", "medium", "lossless"] = "high"
    """Mapped to each encoder's own scale. `lossless` is bit-exact, and refused if the codec has no such mode."""
    options: Annotated[dict[OptionName, OptionValue], Field(max_length=32)] = {}
    """Options of the encoder, which override those of `quality`."""


class ImageOutput(SpecModel):
    """The format of images."""

    format: Literal["same", "jpeg", "png", "webp"] = "same"
    """The file format; `same` keeps each image's own."""


class Output(SpecModel):
    """Where results go."""

    uri: FolderUri
    """The folder of all outputs: `<source>/<target>.<ext>`, or `<source>/<target>/<relative path>` for a prefix.

    With `faces.map` there is one output per target, without `<source>/`.
    """
    on_conflict: Literal["fail", "replace"] = "fail"
    """What to do if an object of another job exists where an output goes."""
    video: VideoOutput = VideoOutput()
    """The format of videos."""
    image: ImageOutput = ImageOutput()
    """The format of images."""
    on_uncopyable: Literal["report", "fail"] = "report"
    """What to do with tracks that the container cannot hold: leave them out and report them, or fail the output."""
