"""The phases that pods run: probe, swap, merge. They compose what the other packages do."""
