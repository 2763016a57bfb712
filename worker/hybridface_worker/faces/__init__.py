"""Faces as boxes, points and scores: finding, aligning, following and choosing them.

Rules of this package: it knows thumbnails and coordinates, never planes, codecs or storage. Coordinates are those of
the upright square-pixel view, x right, y down, the first pixel's centre at (0, 0).
"""
