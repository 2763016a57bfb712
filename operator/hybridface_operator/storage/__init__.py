"""The operator's and the local coordinator's view of object storage: inputs, a job's records, and its outputs.

Nothing here knows of pools, pods or processes, and nothing decides: what records mean is `planning`'s business.
"""
