"""Swappers take a batch of target crops with their sources, and return crops with the sources' faces.

A new one is a module here with a class that has `size`, `needs_embedding` and `swap`, and a line in `load.py`. Swappers
know crops alone: never frames, planes, paste masks or storage.
"""
