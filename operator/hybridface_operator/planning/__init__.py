"""Decisions about a job's work: values in, values out, no clock, no I/O.

The same functions serve a run on one machine and the controller in a cluster.
"""
