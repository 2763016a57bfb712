"""What an attempt may reach in object storage: grants are checked, a session policy is built, credentials are minted.

`check`, `session_policy`, `copies` and `renewal` decide; `minting` talks to the security token service and `copying`
to the object store. Nothing here knows of Kubernetes: the caller puts what was minted into a Secret.
"""
