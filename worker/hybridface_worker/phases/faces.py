"""`hybridface-worker faces`: what the detector finds in one image, as people and scripts want to see it."""

from __future__ import annotations

import json
import sys

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.errors import ObjectNotFoundError, TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Limits
from hybridface_worker.faces.detector import load_detector
from hybridface_worker.store.stores import Stores

from .pictures import LoadedImage


def print_faces(stores: Stores, uri: str, detector: str, threads: int, min_score: float = 0.5) -> None:
    """Writes a JSON line for each face, in the upright picture's pixels, the best score first.

    Raises:
        TaskError: there is no such detector or image.
        InputRefused: the image is none, or is broken.
    """
    model = BUILT_IN.get(detector)
    if model is None or model.kind != "detector":
        raise TaskError(Reason.MODEL_NOT_FOUND, f"there is no detector {detector!r}; centerface is built in")
    store, key = stores.resolve(uri)
    try:
        data = store.read(key)
    except ObjectNotFoundError:
        raise TaskError(Reason.INPUT_NOT_FOUND, f"{uri}: there is no such file") from None
    loaded = LoadedImage.of(data, uri, Limits())
    found = loaded.faces(load_detector(model, threads=threads, min_score=min_score))
    for face in sorted(found, key=lambda face: -face.score):
        line = {
            "box": [round(float(value), 2) for value in face.box],
            "points": [[round(float(value), 2) for value in point] for point in face.points],
            "score": round(face.score, 4),
        }
        sys.stdout.write(json.dumps(line) + "\n")
