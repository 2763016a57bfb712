"""The Debian packages that images and a cluster on this machine take: says which are missing, installs them as root.

`cluster_packages.py` installs what is missing, or says how.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = {
    "buildah": "buildah",
    "containerd": "containerd",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "ipset": "ipset",
    "iptables": "iptables",
    "nft": "nftables",
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
"""By the program that shows that they are there."""


def lacks_packages() -> str | None:
    """Why the packages are not there, after they were installed where that can be done."""
    if not _absent():
        return None
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return _advice()
    with (Path(tempfile.gettempdir()) / "hybridface-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two apt-get at once, one fails
        return _install() if _absent() else None


def _install() -> str | None:
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    install = [*quiet, "install", "-y", "--no-install-recommends", *_absent()]
    for command in ([*quiet, "update"], install):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{_advice()}; tried: {done.stderr.strip()}"
    return _advice() if _absent() else None


def _advice() -> str:
    return f"needs packages, on Debian: apt-get install {' '.join(_absent())}"


def _absent() -> list[str]:
    return [package for program, package in PACKAGES.items() if shutil.which(program) is None]


def main() -> int:
    """Installs, or says what to do."""
    problem = lacks_packages()
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
