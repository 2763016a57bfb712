"""Swaps faces in pictures: what the video and the image pipeline share.

`place` crops faces; `uncovered`, `swap` and `finished` work on crops of any number of pictures at once; `paint` pastes
them. Each face's result depends on its own crop alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.spec import Blend
from hybridface_worker.faces.align import ffhq_template, similarity, template
from hybridface_worker.faces.select import Selected
from hybridface_worker.occluders.protocol import Occluder
from hybridface_worker.picture.affine import Affine, apply, compose, invert
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.mask import Mask, changed, shown
from hybridface_worker.picture.match import match
from hybridface_worker.picture.paste import paste
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.restorers.protocol import Restorer
from hybridface_worker.swappers.protocol import Crop, Crops, Source, Swapper

from .masks import Masks


@dataclass(frozen=True, eq=False)
class Canvas:
    """A face's crop for a restorer, before it is swapped."""

    stored_from_canvas: Affine
    """[2, 3]"""
    crop: Crop
    """RGB [R, R, 3], R the restorer's size, aligned as FFHQ is."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A face's crop, and where in the stored picture it is."""

    stored_from_crop: Affine
    """[2, 3]"""
    crop: Crop
    """RGB [S, S, 3]."""
    mask: Mask
    """How much of it may be replaced, [S, S]."""
    source: str | None = None
    """Its own source, where people are mapped."""
    canvas: Canvas | None = None
    """None without a restorer."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A crop to paste into the stored picture."""

    stored_from_crop: Affine
    before: Crop
    after: Crop
    mask: Mask


class Painter:
    """Aligns, swaps, restores and pastes faces with one set of models."""

    def __init__(
        self,
        swapper: Swapper,
        sources: Mapping[str, Source],
        blend: Blend,
        *,
        restorer: Restorer | None = None,
        occluder: Occluder | None = None,
        match_colours: bool = False,
    ) -> None:
        """`match_colours`: for swappers that do not match colours themselves."""
        self._swapper = swapper
        self._sources = sources
        self._ratio = blend.ratio
        self._template = template(swapper.size)
        self._masks = Masks(blend.mask, swapper.size)
        self._restorer = restorer
        self._occluder = occluder
        self._match_colours = match_colours

    @property
    def restores(self) -> bool:
        """Whether swapped faces are sharpened."""
        return self._restorer is not None

    def place(self, picture: Picture, view: View, faces: Sequence[Selected]) -> list[Placed]:
        """The aligned crop of every face, all taken before anything is painted."""
        size, placed = self._swapper.size, []
        for selected in faces:
            points = selected.face.points
            crop_from_view = similarity(points, self._template)
            stored_from_crop = view.stored_from(crop_from_view)
            placed.append(
                Placed(
                    stored_from_crop,
                    crop(picture, stored_from_crop, size),
                    self._masks.of(apply(crop_from_view, points)),
                    selected.source,
                    self._canvas(picture, view, points),
                )
            )
        return placed

    def uncovered(self, placed: Sequence[Placed]) -> list[Placed]:
        """The same faces, with what an occluder finds before them taken out of their masks."""
        if self._occluder is None or not placed:
            return list(placed)
        side = self._occluder.size
        visible = self._occluder.visible(np.stack([_resized(face.crop, side) for face in placed]))
        return [
            replace(face, mask=face.mask * shown(own, self._swapper.size))
            for face, own in zip(placed, visible, strict=True)
        ]

    def stack(self, placed: Sequence[Placed]) -> Crops:
        """Their crops as one batch [N, S, S, 3]; N may be 0."""
        if not placed:
            return np.empty((0, self._swapper.size, self._swapper.size, 3), np.uint8)
        return np.stack([face.crop for face in placed])

    def swap(self, source: str, placed: Sequence[Placed], crops: Crops) -> Crops:
        """Swapped crops [N, S, S, 3]: each with its own source, or with `source` where it has none."""
        if len(crops) == 0:
            return crops
        return self._swapper.swap(crops, [self._sources[face.source or source] for face in placed])

    def finished(self, placed: Sequence[Placed], swapped: Crops) -> list[Patch]:
        """Patches to paste: swapped crops, with colours matched and restored."""
        patches = [
            Patch(face.stored_from_crop, face.crop, after, face.mask)
            for face, after in zip(placed, swapped, strict=True)
        ]
        if self._match_colours:
            patches = [_matched(patch) for patch in patches]
        return patches if self._restorer is None else _restored(self._restorer, placed, patches)

    def paint(self, picture: Picture, patches: Sequence[Patch]) -> None:
        """Pastes patches, in order, into the picture's own planes."""
        for patch in patches:
            paste(picture, patch.stored_from_crop, patch.before, patch.after, patch.mask, self._ratio)

    def _canvas(self, picture: Picture, view: View, points: npt.NDArray[np.floating]) -> Canvas | None:
        if self._restorer is None:
            return None
        stored_from_canvas = view.stored_from(similarity(points, ffhq_template(self._restorer.size)))
        return Canvas(stored_from_canvas, crop(picture, stored_from_canvas, self._restorer.size))


def _resized(image: Crop, side: int) -> Crop:
    how = cv2.INTER_AREA if side < len(image) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=how), np.uint8)


def _matched(patch: Patch) -> Patch:
    """Colours matched where the swapper changed anything."""
    reach = changed(patch.before, patch.after)
    if reach is None:
        return patch
    recoloured = match(patch.before, patch.after, np.minimum(patch.mask, reach))
    where = (reach > 0).view(np.uint8)
    return replace(patch, after=np.asarray(cv2.copyTo(recoloured, where, patch.after.copy()), np.uint8))


def _restored(restorer: Restorer, placed: Sequence[Placed], patches: Sequence[Patch]) -> list[Patch]:
    """Patches that change anything, restored on their canvases; the others as they are.

    A restorer changes its whole input. Only what the swapper changed is taken of its result.
    """
    done = list(patches)
    shown_to_it: list[tuple[int, Canvas, Crop, Mask]] = []
    for number, (face, patch) in enumerate(zip(placed, patches, strict=True)):
        reach = changed(patch.before, patch.after)
        if reach is not None and face.canvas is not None:
            swapped, mask = _onto(face.canvas, patch, np.minimum(patch.mask, reach))
            shown_to_it.append((number, face.canvas, swapped, mask))
    if not shown_to_it:
        return done
    restored = restorer.restore(np.stack([swapped for _, _, swapped, _ in shown_to_it]))
    for (number, canvas, _, mask), after in zip(shown_to_it, restored, strict=True):
        done[number] = Patch(canvas.stored_from_canvas, canvas.crop, after, mask)
    return done


def _onto(canvas: Canvas, patch: Patch, mask: Mask) -> tuple[Crop, Mask]:
    """The canvas with the patch on it, and where: RGB [R, R, 3], [R, R]."""
    canvas_from_crop = compose(invert(canvas.stored_from_canvas), patch.stored_from_crop)
    side = (len(canvas.crop), len(canvas.crop))
    weight = np.asarray(cv2.warpAffine(mask, canvas_from_crop, side, flags=cv2.INTER_LINEAR), np.float32)
    swapped = cv2.warpAffine(
        patch.after, canvas_from_crop, side, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mixed = canvas.crop + (swapped.astype(np.float32) - canvas.crop) * weight[..., None]
    return np.rint(mixed).astype(np.uint8), weight
