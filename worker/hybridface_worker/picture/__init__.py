"""Pictures in their native planes: how they are laid out, seen upright, cropped from and painted into.

Rules of this package: no whole picture is ever converted; it knows affines and masks, never faces, models or codecs.
Coordinates count from the centre of the first sample; an affine `b_from_a` [2, 3] takes those of a to those of b.
"""
