"""The operator and the `hybridface` command: decides where work runs, and sees it through."""
