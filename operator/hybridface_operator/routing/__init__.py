"""Where work goes, and why: from requests, inventory, policy and facts to placements.

Rules of this package: everything is pure, total and deterministic. It reads no clock (the time is a fact), talks to
nobody, and raises nothing for any valid input. `allocate` is one pass over all waiting jobs; `route` is the same for
one. A turn (`decide`) takes the first of the `rules` that holds, has the `gates` judge pools as they are `standing`,
makes a `deal`, and asks `hysteresis` what leaves; the `ledger` remembers what the pass has given away.
"""
