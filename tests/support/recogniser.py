"""Who a face is, told by a detector and a recogniser that nothing else here uses: dlib's."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from hybridface_worker.faces.types import Face

from .faces import Rgb

ANOTHER = 0.6
"""Distance from which on dlib's recogniser takes two faces for two people (dlib, `dnn_face_recognition_ex.cpp`)."""
AROUND = 1.5
"""How much of a picture around a face's middle dlib is shown, in heights of the face."""


def embedding(picture: Rgb, face: Face) -> np.ndarray:
    """dlib's 128 numbers of the person whose face lies there.

    dlib finds the face again: its landmarks were trained on its own detector's boxes and go astray in others. In a box
    that reaches to the ear of a turned head they put two frames of one man, untouched, up to 0.45 apart.

    Raises:
        LookupError: dlib sees no face there.
    """
    detector, predictor, network = _dlib()
    middle, height = (face.box[:2] + face.box[2:]) / 2, face.box[3] - face.box[1]
    left, top = np.maximum(middle - AROUND * height, 0).astype(int)
    right, bottom = (middle + AROUND * height).astype(int)
    part = np.ascontiguousarray(picture[top:bottom, left:right])

    def off(box: Any) -> float:
        return float(np.hypot(box.center().x + left - middle[0], box.center().y + top - middle[1]))

    nearest = min(detector(part), key=off, default=None)
    if nearest is None or off(nearest) > height / 2:
        raise LookupError(f"dlib sees no face at {face.box}")
    return np.array(network.compute_face_descriptor(part, predictor(part, nearest)))


@lru_cache(maxsize=1)
def _dlib() -> tuple[Any, Any, Any]:
    import dlib
    import face_recognition_models as models

    return (
        dlib.get_frontal_face_detector(),
        dlib.shape_predictor(models.pose_predictor_model_location()),
        dlib.face_recognition_model_v1(models.face_recognition_model_location()),
    )
