#!/usr/bin/env bash
# Resolves the dependencies of pyproject.toml anew. One file serves every platform and Python from 3.11 on.
# Digests, never addresses: where packages come from is each machine's own configuration.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock=(.venv/bin/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes
  --no-header --no-emit-index-url --no-emit-find-links --upgrade)
"${lock[@]}" pyproject.toml --extra operator --extra worker --extra cpu --group dev -o requirements/dev.txt
echo uv | "${lock[@]}" - -o requirements/uv.txt
