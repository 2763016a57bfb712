#!/usr/bin/env bash
# Runs `make demo` and `make test` (or the command given) on a bare Debian 12: git, make, python3 and nothing else.
# Works on a clone of HEAD, in a chroot made for it; needs root. Mounts and processes end with their namespaces.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

suite=bookworm
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hybridface/bare-debian
base=$cache/$suite
root=$cache/run.$$
passed_through='https?_proxy|no_proxy|all_proxy|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|UV_DEFAULT_INDEX|UV_INDEX|GOPROXY|GOSUMDB|CI'

make_base() {
  [[ -d $base ]] && return
  command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap; }
  rm -rf "$base.new"
  debootstrap --variant=minbase --include=git,make,python3 "$suite" "$base.new" >"$cache/debootstrap.log"
  mv "$base.new" "$base"
}

# How this machine reaches the network: names, proxies, its certificate authorities.
environment() {
  printf '%s\n' "HOME=$HOME" "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "LANG=C.UTF-8"
  env | grep -iE "^($passed_through)=" || true
  if [[ -n ${SSL_CERT_FILE:-} ]]; then
    printf '%s=/etc/ssl/host-authorities.pem\n' SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO
  fi
}

make_root() {
  cp -a --reflink=auto "$base" "$root"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  if [[ -n ${SSL_CERT_FILE:-} ]]; then
    mkdir -p "$root/etc/ssl"
    cp -L "$SSL_CERT_FILE" "$root/etc/ssl/host-authorities.pem"
  fi
  git clone -q --no-hardlinks . "$root/hybridface"
}

[[ $(id -u) == 0 ]] || { echo "bare_debian: needs root, for chroot and its mounts" >&2; exit 1; }
mkdir -p "$cache"
trap 'rm -rf --one-file-system "$root"' EXIT
make_base
make_root
mapfile -t variables < <(environment)
(($#)) || set -- sh -c 'make demo && make test'

# shellcheck disable=SC2016  # expands inside the namespace
unshare --mount --pid --fork --kill-child --propagation private bash -c '
  set -euo pipefail
  mount -t proc proc "$1/proc"
  mount --bind /dev "$1/dev"
  mount -t devpts devpts "$1/dev/pts"
  mount -t tmpfs tmpfs "$1/dev/shm"
  cd "$1"
  exec chroot "$1" sh -c '"'"'cd /hybridface && exec "$@"'"'"' sh "${@:2}"
' bash "$root" env -i "${variables[@]}" "$@"
