"""The operator as a process: settings, watches, health, metrics, and what goes on beside the rounds.

`serve` puts the parts together. The rounds themselves are in `rounds`, what is done for jobs that are over in
`aftermath`.
"""
