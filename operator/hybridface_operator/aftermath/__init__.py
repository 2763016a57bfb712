"""What is left to do for jobs that are over or gone: webhooks are told, scratch, Jobs and orphans are removed."""
