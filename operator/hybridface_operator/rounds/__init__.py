"""Rounds over jobs: reconcile each that something happened to, place all that wait, report what came of it.

Nothing here decides where work goes or what a job needs: `routing` and `reconciling` are asked.

- The loop: `controller` runs rounds over the jobs that are due in the `queue`, in their `order`; `in_flight` bounds
  how many are reconciled at a time; `timing` says how long is waited for what.
- A job, as it is `known`: the `reconciler` observes it, asks what is next and has the `executor` apply that; the
  `placer` asks once for all jobs where their work goes; the `reporter` writes statuses and events.
- What is known: the `mirror` holds what the API server told, `memory` what a job's storage holds, `world` policy,
  prices and grants, `pools` what all jobs hold together; `accounting` tells `metrics` and `world` what happened.
- Pure: `bodies` says what of objects is kept, `observing` makes one observation of all, `facts` and `capacity` what a
  decision is told, `learning` what was learned of pools; `backoff` how long what failed waits.
"""
