#!/usr/bin/env bash
# The demo: makes its inputs, runs examples/demo.yaml, says where the results are. Needs no root and no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

.venv/bin/python scripts/prepare_demo.py
.venv/bin/hybridface run examples/demo.yaml

echo
echo "Before above after, one contact sheet for each result:"
find "$PWD/demo/out" -name '*.png' -path '*/_hybridface/*' | sort | sed 's/^/  /'
echo "The results themselves:"
find "$PWD/demo/out" -type f -not -path '*/_hybridface/*' -not -path '*/.*' | sort | sed 's/^/  /'
