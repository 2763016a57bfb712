"""Pictures in their native planes: how they are laid out, seen upright, cropped from and painted into.

Rules of this package: no whole picture is ever converted; it knows affine transforms and masks, never faces, models or
codecs. Coordinates count from the centre of the first sample; a transform `b_from_a` [2, 3] maps coordinates of a to
those of b.
"""
