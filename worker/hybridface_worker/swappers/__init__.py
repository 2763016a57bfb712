"""Swappers: a batch of target crops and their sources in, crops with the sources' faces out.

A new one is a module here with a class that has `size`, `needs_embedding` and `swap`, and a line in `load.py`. Swappers
know crops alone: never frames, planes, masks of pasting or storage.
"""
