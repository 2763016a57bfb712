"""Requests to the API server: objects go in and come out as plain dictionaries. Watches alone are kopf's, in `serving`.

Rules of this package: nobody else sends a request, and it decides nothing. Every method is one request, or the least
number that makes it idempotent; nothing is retried here but a request that was refused because its token had been
rotated. What the server answers becomes one of `errors`, whose class says whether trying again can help.
"""
