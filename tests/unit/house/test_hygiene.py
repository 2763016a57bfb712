from __future__ import annotations

from pathlib import Path

import pytest

from check_hygiene import LONGEST_FILE_LINES, problems, repository_problems

ROOT = Path(__file__).resolve().parents[3]

BROKEN = {
    "an index in requirements": ("requirements/dev.txt", "--index-url somewhere"),
    "an address in requirements": ("requirements/dev.txt", "package @ https://example.org/package.whl"),
    "an address in the Makefile": ("Makefile", "\tcurl https://example.org"),
    "an address in CI": (".ci/run", "curl http://example.org"),
    "a home folder": ("docs/index.md", "cd /" + "home/somebody/project"),
    "root's home folder": ("scripts/x.sh", "HOME=/" + "root/"),
    "a private key": ("tests/data/key.pem", "-----BEGIN RSA " + "PRIVATE KEY-----"),
    "an access key": ("examples/x.yaml", "key: AKIA" + "0123456789ABCDEF"),
    "a dependency without a reason": ("pyproject.toml", '  "numpy>=2.1",'),
    "a lint rule set aside without a reason": ("worker/x.py", "import os  # no" + "qa: F401"),
    "a type set aside without a reason": ("tests/x.py", "x = 1  # type: " + "ignore[no-any-return]"),
    "a package named operator": ("operator/__init__.py", ""),
    "a package of the worker's folder": ("worker/__init__.py", ""),
    "a package of tests": ("tests/unit/__init__.py", ""),
    "a long file": ("worker/hybridface_worker/x.py", "x = 1\n" * (LONGEST_FILE_LINES + 1)),
    "a large file": ("tests/data/clip.mp4", "x" * 600_000),
}

ACCEPTED = {
    "a dependency with its reason": ("pyproject.toml", '  "numpy>=2.1",  # planes'),
    "a rule set aside with the reason": ("worker/x.py", "import os  # noqa: F401 - for those who import it from here"),
    "two rules set aside with one reason": ("tests/x.py", "x = 1  # type: ignore[misc]  # noqa: X1 - untyped"),
    "an address in the documentation": ("docs/index.md", "see https://example.org"),
    "a bucket named work": ("docs/index.md", "s3://work/cluster"),
    "a folder named home": ("docs/index.md", "$XDG/home/x and docs/root/x"),
    "a file as long as allowed": ("worker/hybridface_worker/x.py", "x = 1\n" * LONGEST_FILE_LINES),
    "bytes that are no text": ("tests/data/x.bin", "\udcff"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_refuses(name):
    path, text = BROKEN[name]
    assert len(list(problems(path, text.encode()))) == 1


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts(name):
    path, text = ACCEPTED[name]
    assert list(problems(path, text.encode(errors="surrogateescape"))) == []


def test_the_repository_breaks_no_rule():
    assert repository_problems(ROOT) == []
