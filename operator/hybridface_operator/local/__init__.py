"""A job on this machine: the phases that pods run in a cluster, as processes over a folder."""
