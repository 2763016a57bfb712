"""Faces as bounding boxes, landmarks and scores: detection, alignment, tracking and selection.

Rules of this package: it knows thumbnails and coordinates, never planes, codecs or storage. Coordinates are those of
the upright square-pixel view, x right, y down, the first pixel's centre at (0, 0).
"""
