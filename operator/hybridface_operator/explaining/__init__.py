"""Where jobs would go and why, for people: what `hybridface explain` asks, replays and prints.

Rules of this package: it decides nothing. A `Scene` holds all that a decision is told besides the jobs, wherever it was
taken from; `asking` makes requests of manifests; `routing` decides; `shown` prints.
"""
