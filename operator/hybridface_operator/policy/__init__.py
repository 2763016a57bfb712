"""What decides besides the job: inventory, policy, grants and prices. Their models, and what they must satisfy.

Rules of this package: nothing but `load.py` touches a file, nothing reads a clock, nothing talks to a cluster.
Administrators own inventory and grants, operations own policy and prices; see `docs/concepts/who-owns-what.md`.
"""
