"""Rounds over jobs: look at each that something happened to, place all that wait, do it, say what came of it.

`mirror` is what the API server told, `memory` what storage holds, `facts` what the decision is told; `controller` runs
the rounds; `hands` does what was decided. Nothing here decides where work goes or what a job needs: `reconciling` and
`routing` are asked.
"""
