"""What a pod does in each phase: probe, swap, merge. Here the parts are put together; the work is done elsewhere."""
