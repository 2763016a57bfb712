"""Policy and prices in Consul: read as they change, judged, kept; written by compare-and-set.

Rules of this package: nobody else imports `consul`, and here `client.py` alone does. `watch_state`, `policy_state` and
`price_book` decide, without clock or network; `client`, `watch`, `follow` and `publish` talk to Consul.
"""
