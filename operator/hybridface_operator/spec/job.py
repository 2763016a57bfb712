"""FaceSwapJob, whole: what a manifest may say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from .faces import Faces
from .inputs import Sources, Targets
from .metadata import Metadata
from .model import SpecModel, refuse_broken
from .output import Output
from .policy import Budget, Consent, Notify, Placement
from .swap import NONE, Blend, ModelNames
from .types import Boolean, Duration, Integer

API_VERSION: Final = "hybridface.dev/v1alpha1"
KIND: Final = "FaceSwapJob"


class FaceSwapJobSpec(SpecModel):
    """What is to be done."""

    sources: Sources
    """The identities that are put in. Without `faces.map`, every target is worked once for each of them."""
    targets: Targets
    """The images and videos that they are put into."""
    output: Output
    """Where results go, and in which form."""
    faces: Faces = Faces()
    """Which faces are swapped."""
    models: ModelNames = ModelNames()
    """By which models."""
    blend: Blend = Blend()
    """How a swapped face goes back into the picture."""
    on_decode_error: Literal["fail", "keepOriginal"] = "fail"
    """Frames that do not decode: their chunk fails, or the decoder's best picture stays, unswapped and reported."""
    sensitivity: Literal["public", "internal", "restricted"] = "restricted"
    """Who may see the data. `restricted` never leaves private nodes."""
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    """Which of the waiting jobs is served first."""
    complete_within: Duration | None = None
    """When it should be done, counted from its creation; rules and gates look at what is left of it."""
    consent: Consent
    """Who allowed it, and until when."""
    budget: Budget | None = None
    """What it may cost."""
    placement: Placement | None = None
    """Where it may run."""
    notify: Notify | None = None
    """Who is told how it ended."""
    chunk_frames: Annotated[Integer, Field(ge=64, le=128)] = 64
    """Frames or images in a chunk, the unit of work and of checkpoint."""
    max_tries_per_chunk: Annotated[Integer, Field(ge=1, le=10)] = 3
    """Tries after which a chunk is given up."""
    suspend: Boolean = False
    """Holds the job: nothing runs, and what was committed stays."""
    ttl_seconds_after_finished: Annotated[Integer, Field(ge=0, le=315_360_000)] = 86_400
    """When its Jobs and scratch objects are removed. Never the FaceSwapJob itself, nor its outputs."""

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        refuse_broken(self._broken())
        return self

    def _broken(self) -> Iterator[tuple[str, str]]:
        if "occlusion" in self.blend.mask and self.models.occluder == NONE:
            yield "models.occluder", "is required with the mask occlusion: name a model that finds what covers faces"
        yield from self._broken_map()

    def _broken_map(self) -> Iterator[tuple[str, str]]:
        if self.faces.map is None:
            return
        names = [source.name for source in self.sources]
        mapped = {entry.source for entry in self.faces.map}
        for index, entry in enumerate(self.faces.map):
            if entry.source not in names:
                yield f"faces.map[{index}].source", f'there is no source "{entry.source}"; there is {", ".join(names)}'
        for index, name in enumerate(names):
            if name not in mapped:
                yield f"sources[{index}].name", f'"{name}" is in no entry of faces.map, so it would not be used'


class FaceSwapJob(SpecModel):
    """Swaps faces in images and videos."""

    api_version: Literal["hybridface.dev/v1alpha1"]
    """The version of this schema."""
    kind: Literal["FaceSwapJob"]
    """What this object is."""
    metadata: Metadata
    """Its name and namespace."""
    spec: FaceSwapJobSpec
    """What is to be done."""
    status: dict[str, Any] | None = None
    """What became of it: the operator's, and never read from a manifest."""
