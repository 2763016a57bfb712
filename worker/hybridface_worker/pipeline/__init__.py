"""The frame pipeline: stages on threads, joined by bounded channels, from decoding to the committed chunk."""
