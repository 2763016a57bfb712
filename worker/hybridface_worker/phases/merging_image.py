"""One image's output: taken from its chunk's tar, with a contact sheet of before and after."""

from __future__ import annotations

from contextlib import ExitStack

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused, TaskError
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.images.pack import Pack
from hybridface_worker.images.still import write_notes
from hybridface_worker.media.sheet import contact_sheet

from .context import PhaseContext
from .merging import Material, Merged, copy_source, frames_with_faces
from .pictures import LoadedImage


class ImageMerger:
    """Takes images out of their chunks' packs. The last pack stays open: images of one chunk come one after another."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context
        self._opened = ExitStack()
        self._pack: tuple[str, Pack] | None = None

    def close(self) -> None:
        """Closes the last pack."""
        self._pack = None
        self._opened.close()

    def merge(self, material: Material) -> Merged:
        """The image of the output.

        Raises:
            InputRefused: it could not be swapped, for the reason that Swap recorded, or the target has changed.
        """
        (manifest,) = material.manifests
        for refused in manifest.refused:
            if refused.position == material.position:
                raise InputRefused(refused.finding.reason, refused.finding.message)
        faces = dict(frames_with_faces(material.manifests)).get(material.position, 0)
        path = self._context.scratch / "merged.image"
        merged = Merged(path, False, 1, faces, min(faces, 1))
        with merged.being_made():
            self._make(merged, material, manifest)
        return merged

    def _make(self, merged: Merged, material: Material, manifest: ChunkManifest) -> None:
        if not merged.faces and material.plan.output.keeps_format:
            merged.source_bytes = True
            merged.notes = (copy_source(self._context, material.item, merged.path),)
            return
        data = self._member(manifest, material.output.path)
        merged.path.write_bytes(data)
        before = _loaded(self._context.read(material.item), material)
        merged.notes = write_notes(before.still, material.unit.image.format if material.unit.image else None)
        if merged.faces:
            pair = before.thumbnail(), _loaded(data, material).thumbnail()
            merged.sheet = contact_sheet([(material.item.relative_path, *pair)])

    def _member(self, manifest: ChunkManifest, path: str) -> bytes:
        if manifest.data is None:
            raise TaskError(Reason.BAD_TASK, f"{layout.chunk_id(manifest.chunk)}: its manifest names no data")
        if self._pack is None or self._pack[0] != manifest.data:
            self.close()
            self._pack = manifest.data, Pack(self._opened.enter_context(self._context.open_data(manifest.data)))
        try:
            return self._pack[1].read(path)
        except InputRefused:
            self.close()  # the next image finds out for itself
            raise


def _loaded(data: bytes, material: Material) -> LoadedImage:
    return LoadedImage.of(data, material.plan.limits)
