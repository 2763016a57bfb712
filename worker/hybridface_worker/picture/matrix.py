"""Between RGB and a picture's own components: matrices of ITU-T H.273 (ISO/IEC 23091-2), one affine transform each way.

All are linear in the non-linear (gamma-coded) signal, so they may be applied before or after any interpolation.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason

Matrix = npt.NDArray[np.float64]

IDENTITY, UNSPECIFIED, YCGCO = 0, 2, 8
BT709, BT601 = 1, 6
LUMA_WEIGHTS = {
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""K_R and K_B by MatrixCoefficients, H.273 table 4. 10 and 13 (constant luminance) and 14 (ICtCp) are not linear."""
SD_HEIGHT = 576
"""Up to this height an untagged picture is taken for BT.601 as players take it, above for BT.709."""


def guess(code: int, height: int) -> int:
    """The code point, or the one that players assume where it is unspecified, or says RGB of what is not."""
    if code not in (IDENTITY, UNSPECIFIED):
        return code
    return BT601 if height <= SD_HEIGHT else BT709


def from_rgb(code: int) -> Matrix:
    """Linear map [3, 3] from R, G, B (0..1) to Y (0..1), Cb, Cr (-1/2..1/2).

    Raises:
        InputRefused: the code point is not linear or not known.
    """
    if code == YCGCO:
        return np.array([(0.25, 0.5, 0.25), (-0.25, 0.5, -0.25), (0.5, 0.0, -0.5)])
    if code not in LUMA_WEIGHTS:
        raise InputRefused(
            Reason.PIXEL_FORMAT_NOT_SUPPORTED,
            f"matrix coefficients {code} (H.273) are not supported; convert the video to BT.709 or BT.2020 "
            "non-constant luminance",
        )
    red, blue = LUMA_WEIGHTS[code]
    luma = np.array([red, 1 - red - blue, blue])
    cb = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - blue))
    cr = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - red))
    return np.stack([luma, cb, cr])


def coded(depth: int, *, full_range: bool, chroma: bool) -> tuple[float, float]:
    """Scale and offset from a component's value to its code: H.273 equations 20 to 28 and 30 to 38."""
    unit, top = 2.0 ** (depth - 8), 2.0**depth - 1
    if full_range:
        return top, (2.0 ** (depth - 1) if chroma else 0.0)
    return (224 * unit, 128 * unit) if chroma else (219 * unit, 16 * unit)
