"""What to do next for a job: from what was observed to actions, a request for room, and a status.

Rules of this package: everything is pure, and `advance` reaches a fixed point: once its actions are done and observed,
it asks for none of them again. It reads no clock (the time is observed) and talks to nobody. Objects of the API server
are read in `seen`; what is known of a job is `observed`; each phase has its module; `ended` records what is no more,
`ending` says which attempts have to go, `hindrance` why nothing works, `waking` when to try again; `placing` turns a
placement into attempts, `status` says it all to the user.
"""
