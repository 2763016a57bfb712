"""Compares a picture's faces with the people who are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hybridface_worker.faces.align import similarity, template
from hybridface_worker.faces.recogniser import Embeddings, Recogniser
from hybridface_worker.faces.types import Face
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View


class People:
    """The people who a job looks for. Their embeddings stay in this process."""

    def __init__(self, recogniser: Recogniser, embeddings: Embeddings) -> None:
        """`embeddings`: unit vectors [R, 512], in the order of the plan's `faces.people`."""
        self._recogniser = recogniser
        self._embeddings = embeddings
        self._template = template(recogniser.size)

    def told(self, picture: Picture, view: View, faces: Sequence[Face]) -> list[Face]:
        """The same faces with their likeness. `faces` are in the view's coordinates, as detected."""
        if not faces:
            return []
        size = self._recogniser.size
        crops = [crop(picture, view.stored_from(similarity(face.points, self._template)), size) for face in faces]
        embeddings = self._recogniser.embed(np.stack(crops))
        return [
            replace(face, likeness=(self._embeddings * embedding).sum(axis=1))  # not `@`: BLAS would start threads
            for face, embedding in zip(faces, embeddings, strict=True)
        ]
