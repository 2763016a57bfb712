"""One image from its bytes to a file for each source. Several are worked side by side, each on a thread of its own.

What becomes of an image depends on nothing but itself, so neither does it matter what is worked beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock, Semaphore

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.spec import FaceSelection
from hybridface_worker.faces.select import select
from hybridface_worker.images.still import Still, read_still, write_still
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.painter import Patch, Placed
from hybridface_worker.pipeline.span_work import SpanWork
from hybridface_worker.pipeline.tools import Tools

from .messages import Original, Painted

Read = Callable[[TargetItem], bytes]


class Painting:
    """Works images on any number of threads, of which no more compute than there are processors for.

    The others wait for storage. Models are called by as many at once as they have lanes, a recogniser by one.
    """

    def __init__(self, selection: FaceSelection, read: Read, tools: Tools) -> None:
        """`read`: all bytes of an item; it raises InputRefused."""
        self._selection = selection
        self._read = read
        self._tools = tools
        self._computing = Semaphore(tools.threads)
        self._detecting = Semaphore(tools.detecting.count)
        self._recognising = Lock()
        self._swapping = Semaphore(tools.swapping.count)

    def painted(self, work: SpanWork, position: int, original: Original) -> Painted:
        """The image for every source of the span; one that cannot be worked says why, and harms no other."""
        try:
            with work.timing("decode"):
                data = self._read(original.item)
            with self._computing:
                return self._of(data, work, position, original)
        except InputRefused as refused:
            return Painted(work, position, original, finding=Finding.of(refused))

    def _of(self, data: bytes, work: SpanWork, position: int, original: Original) -> Painted:
        with work.timing("decode"):
            still = read_still(data, original.info)
        placed = self._placed(Picture.of_image(still.pixels), View.of_image(original.info), work)
        sources = [chunk.source for chunk in work.span.chunks]
        files = {}
        for source in sources:
            swapped = still
            if placed:
                patches = self._patches(source, placed, work)
                with work.timing("paste", source):
                    swapped = self._pasted(still, patches, last=source == sources[-1])
            with work.timing("encode", source):
                files[source] = write_still(swapped, original.format)
        return Painted(work, position, original, len(placed), files)

    def _placed(self, picture: Picture, view: View, work: SpanWork) -> list[Placed]:
        tools = self._tools
        with work.timing("detect"):
            thumbnail, scale = view.thumbnail_of(picture)
        with self._detecting, work.timing("detect"):
            found = tools.detector.detect([thumbnail])[0]
        faces = [face.scaled(1 / scale) for face in found]
        if tools.people is not None:
            with self._recognising, work.timing("recognise"):
                faces = tools.people.told(picture, view, faces)
        with work.timing("align"):
            placed = tools.painter.place(picture, view, select(faces, self._selection))
        with self._swapping, work.timing("align"):
            return tools.painter.uncovered(placed)

    def _patches(self, source: str, placed: list[Placed], work: SpanWork) -> list[Patch]:
        painter = self._tools.painter
        with self._swapping:
            with work.timing("swap", source):
                after = painter.swap(source, placed, painter.stack(placed))
            with work.timing("restore" if painter.restores else "paste", source):
                return painter.finished(placed, after)

    def _pasted(self, still: Still, patches: list[Patch], *, last: bool) -> Still:
        """The image with the patches in it: a copy, or itself for the last source."""
        pasted = still if last else replace(still, pixels=still.pixels.copy())
        self._tools.painter.paint(Picture.of_image(pasted.pixels), patches)
        return pasted
