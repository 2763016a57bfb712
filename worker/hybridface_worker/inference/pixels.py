"""Converts RGB pixels to tensors and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def planes(images: npt.NDArray[np.uint8], *, mean: float = 0.0, scale: float) -> Floats:
    """(x - mean) * scale of images [N, H, W, 3], as float32 [N, 3, H, W].

    Bit-exactly OpenCV's `blobFromImages`, which insightface uses.
    """
    whole = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).astype(np.float32)
    if mean:
        whole -= np.float32(mean)
    whole *= np.float32(scale)
    return whole


def pixels(tensor: Floats, *, scale: float = 255.0, shift: float = 0.0) -> npt.NDArray[np.uint8]:
    """Pixels [N, H, W, 3] of a tensor [N, 3, H, W]: tensor * scale + shift, rounded and clipped to 0..255.

    NaN becomes 0 on every CPU.
    """
    values = tensor.astype(np.float32) * np.float32(scale)
    if shift:
        values += np.float32(shift)
    np.fmin(np.fmax(np.rint(values, out=values), 0, out=values), 255, out=values)  # fmax ignores NaN
    return np.ascontiguousarray(values.astype(np.uint8).transpose(0, 2, 3, 1))
