"""The image pipeline: images are worked side by side, packed in their order, and committed chunk by chunk."""
