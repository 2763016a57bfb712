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
    """The form of videos."""

    container: Literal["same", "mp4", "mov", "mkv", "webm"] = "same"
    """`same` keeps each video's own."""
    encoder: Annotated[str, Field(min_length=1, max_length=32, pattern=CODEC)] = "auto"
    """`auto` keeps each video's own codec; otherwise a codec such as `h264`, or an encoder of FFmpeg."""
    quality: Literal["visually-lossless", "high", "medium", "lossless"] = "high"
    """Mapped to each encoder's own scale. `lossless` is bit-exact, and refused where the codec has no such mode."""
    options: Annotated[dict[OptionName, OptionValue], Field(max_length=32)] = {}
    """The encoder's own options; they win over what `quality` stands for."""


class ImageOutput(SpecModel):
    """The form of images."""

    format: Literal["same", "jpeg", "png", "webp"] = "same"
    """`same` keeps each image's own."""


class Output(SpecModel):
    """Where results go."""

    uri: FolderUri
    """The folder of all outputs: `<source>/<target>.<ext>` and, of a prefix, `<source>/<target>/<relative path>`.

    With `faces.map` there is one output a target, without `<source>/`.
    """
    on_conflict: Literal["fail", "replace"] = "fail"
    """What happens to an output where an object of another job is already."""
    video: VideoOutput = VideoOutput()
    """The form of videos."""
    image: ImageOutput = ImageOutput()
    """The form of images."""
    on_uncopyable: Literal["report", "fail"] = "report"
    """Tracks that the container cannot hold: left out and reported, or the output fails."""
