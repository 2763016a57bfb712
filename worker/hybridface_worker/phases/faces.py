"""`hybridface-worker faces`: the faces that a detector finds in one image."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import ValidationError

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.errors import ObjectNotFoundError, TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelKind, ModelRef
from hybridface_worker.faces.detector import load_detector
from hybridface_worker.faces.recogniser import Recogniser, load_recogniser
from hybridface_worker.faces.types import Face
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.stores import Stores

from .model_files import ModelFiles
from .pictures import LoadedImage

MIN_SCORE = 0.5


def print_faces(
    settings: WorkerSettings,
    stores: Stores,
    uri: str,
    detector: ModelRef,
    recogniser: ModelRef | None,
    alive: Callable[[], None],
) -> None:
    """Writes a JSON line for each face, in pixels of the upright picture, the best score first.

    Of an embedding only the norm is written: embeddings never leave this process.

    Raises:
        WorkerError: there is no such image, or a model is not available.
        InputRefused: it is not an image, or broken.
    """
    store, key = stores.resolve(uri)
    try:
        data = store.read(key)
    except ObjectNotFoundError as error:
        raise TaskError(Reason.INPUT_NOT_FOUND, error.message) from None
    loaded = LoadedImage.of(data, settings.limits)
    files, options = ModelFiles(settings, stores, alive), SessionOptions(threads=settings.threads)
    found = loaded.faces(load_detector(detector, files.path(detector), options, min_score=MIN_SCORE))
    tells = load_recogniser(recogniser, files.required(recogniser), options) if recogniser else None
    for face in sorted(found, key=lambda face: -face.score):
        line: dict[str, Any] = {
            "box": [round(float(value), 2) for value in face.box],
            "points": [[round(float(value), 2) for value in point] for point in face.points],
            "score": round(face.score, 4),
        }
        if tells is not None:
            line["embeddingNorm"] = round(_norm(loaded, face, tells), 3)
        sys.stdout.write(json.dumps(line) + "\n")


def model_argument(kind: ModelKind, text: str) -> ModelRef:
    """A model of the command line: a built-in one by its name, any by its reference as JSON.

    Raises:
        TaskError: there is no such model of that kind.
    """
    try:
        model = ModelRef.model_validate_json(text) if text.startswith("{") else BUILT_IN.get(text)
    except ValidationError as error:
        raise TaskError(Reason.BAD_TASK, f"--{kind} {text}: {error.errors()[0]['msg']}") from error
    if model is None or model.kind != kind:
        names = ", ".join(model.name for model in BUILT_IN.values() if model.kind == kind)
        message = f"there is no {kind} {text!r}; built in: {names or 'none'}; give others as a model reference in JSON"
        raise TaskError(Reason.MODEL_NOT_FOUND, message)
    return model


def _norm(loaded: LoadedImage, face: Face, recogniser: Recogniser) -> float:
    """The norm of the face's embedding before normalisation."""
    return float(np.linalg.norm(recogniser.features(loaded.aligned(face.points, recogniser.size)[None])[0]))
