#!/usr/bin/env bash
# Makes .venv with everything in it; `setup.sh gpu` makes .venv-gpu with what bench-gpu needs, ONNX Runtime for CUDA
# among it. Needs git, make and python3 >= 3.11; safe to run twice, also at the same time.
# Versions and digests are in requirements/*.txt; where packages come from is this machine's own configuration.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
  gpu) venv=.venv-gpu locked=requirements/bench-gpu.txt ;;
  *) venv=.venv locked=requirements/dev.txt ;;
esac
stamp=$venv/.stamp
home_of=$venv/.made-for

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

want() {
  { printf '%s\n' "$PWD"; python3 --version; cat pyproject.toml "$locked" requirements/uv.txt scripts/setup.sh; } | sha256sum
}

# Debian's python3 comes without ensurepip, and so cannot make a virtual environment with pip in it.
need_system_packages() {
  python3 -c 'import ensurepip, venv' 2>/dev/null && return
  local packages=(python3-venv ca-certificates)
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "setup: installing ${packages[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${packages[@]}" >/dev/null
  else
    fail "python3 has no ensurepip. As root, on Debian or Ubuntu:" "  apt-get install ${packages[*]}" "then run this again."
  fi
}

# Scripts in a virtual environment carry its path: one that was copied or lost its python is made anew.
make_venv() {
  if [[ -e $home_of && $(<"$home_of") != "$PWD" ]] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    python3 -m venv "$venv"
  fi
  printf '%s\n' "$PWD" >"$home_of"
}

install() {
  local uv=("$venv/bin/uv" --quiet pip)
  export VIRTUAL_ENV="$PWD/$venv" UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
  echo "setup: installing what requirements/ locks into $venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.txt
  "${uv[@]}" sync --require-hashes "$locked" requirements/uv.txt
  [[ $venv != .venv ]] || "${uv[@]}" install --no-build-isolation --no-deps --editable .
}

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "python3 is older than 3.11: $(python3 --version)"
exec 9<.
flock 9
wanted=$(want)
[[ -e $stamp && $(<"$stamp") == "$wanted" ]] && exit 0
need_system_packages
make_venv
rm -f "$stamp"
install
printf '%s\n' "$wanted" >"$stamp"
