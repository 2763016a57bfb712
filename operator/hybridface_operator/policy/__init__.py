"""Inventory, policy, grants and prices: their models, and how they are validated.

Rules of this package: nothing but `load.py` touches a file, nothing reads a clock, nothing talks to a cluster.
Administrators own inventory and grants, operations own policy and prices; see `docs/concepts/who-owns-what.md`.
"""
