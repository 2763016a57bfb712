"""Video in and out: what a file is, which frames a player shows, decoding, encoding, merging.

Only this package speaks to PyAV. It takes file objects and values; it knows nothing of jobs, keys and stores.
"""
