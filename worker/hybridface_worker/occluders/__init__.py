"""Occluders segment which pixels of a crop are face, and which are a hand, hair or a microphone before it.

A new one is a module here with a class that has `size` and `visible`, and a line in `load.py`. Occluders know crops
alone: never frames, planes or storage.
"""
