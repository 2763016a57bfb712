"""Asks the operators until one is ready. Exit status 1, with the last answer, if none is in time."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request


def answer(url: str) -> tuple[bool, str]:
    """Whether it is ready, and what it says."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - the Service's own address
            return True, response.read().decode().strip()
    except urllib.error.HTTPError as error:
        return False, error.read().decode().strip()
    except OSError as error:
        return False, str(error)


def main(url: str, seconds: float) -> int:
    """Asks every second."""
    end = time.monotonic() + seconds
    while True:
        ready, said = answer(url)
        if ready or time.monotonic() > end:
            sys.stdout.write(f"{url}: {said}\n")
            return 0 if ready else 1
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
