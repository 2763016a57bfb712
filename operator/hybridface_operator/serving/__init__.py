"""The operator: it watches, asks `reconciling` and `routing` what to do, does it, and writes down what came of it.

`mirror` is what the API server told, `memory` what storage holds, `facts` what the decision is told; `controller` runs
the rounds; `hands` does what was decided. Nothing here decides where work goes or what a job needs.
"""
