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
    """The desired work."""

    sources: Sources
    """The identities to insert. Without `faces.map`, every target is processed once for each of them."""
    targets: Targets
    """The images and videos to process."""
    output: Output
    """Where results go, and in which format."""
    faces: Faces = Faces()
    """Which faces are swapped."""
    models: ModelNames = ModelNames()
    """The models to use."""
    blend: Blend = Blend()
    """How a swapped face is blended into the picture."""
    on_decode_error: Literal["fail", "keepOriginal"] = "fail"
    """What to do with frames that cannot be decoded: fail their chunk, or keep the decoder's picture unswapped and
    report it."""
    sensitivity: Literal["public", "internal", "restricted"] = "restricted"
    """How sensitive the data is. `restricted` work never leaves private nodes."""
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    """Waiting jobs of higher priority are placed first."""
    complete_within: Duration | None = None
    """Time in which the job should complete, counted from its creation. Rules and gates use the time that is left."""
    consent: Consent
    """The consent that the job relies on."""
    budget: Budget | None = None
    """Limits on price and cost."""
    placement: Placement | None = None
    """Restricts the pools that the job may use."""
    notify: Notify | None = None
    """Notification when the job ends."""
    chunk_frames: Annotated[Integer, Field(ge=64, le=128)] = 64
    """Frames or images in a chunk, the unit of work and of checkpointing."""
    max_tries_per_chunk: Annotated[Integer, Field(ge=1, le=10)] = 3
    """Tries after which a chunk fails."""
    suspend: Boolean = False
    """Holds the job: nothing runs, and committed work is kept."""
    ttl_seconds_after_finished: Annotated[Integer, Field(ge=0, le=315_360_000)] = 86_400
    """Seconds after the end of the job at which its Jobs and scratch objects are removed. The FaceSwapJob and its
    outputs stay."""

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
    """The kind of this object."""
    metadata: Metadata
    """The name and namespace of the job."""
    spec: FaceSwapJobSpec
    """The desired work."""
    status: dict[str, Any] | None = None
    """The state of the job. Written by the operator, and ignored in manifests."""
