"""Kubernetes objects as plain dictionaries: what an attempt, its credentials and the operator's memory look like.

Rules of this package: everything is pure. A builder takes values and gives the body of one object, ready to be sent;
it reads no clock and talks to nobody. Nothing here decides where work goes: pool, shards and image are given.
"""
