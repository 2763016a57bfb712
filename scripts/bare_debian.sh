#!/usr/bin/env bash
# Runs `make demo` and `make test` (or the command given) on a bare Debian 12: git, make, python3 and nothing else.
# Works on a clone of HEAD, in a chroot made for it; needs root. Mounts and processes end with their namespaces.
# The machine is new every time. HYBRIDFACE_BARE_CACHE=DIR keeps its ~/.cache there, so that what one run fetched and
# built (packages, servers, clips) is there for the next; each of these caches knows its things by their content.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

suite=bookworm
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hybridface/bare-debian
base=$cache/$suite
root=$cache/run.$$
passed_through='https?_proxy|no_proxy|all_proxy|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|UV_DEFAULT_INDEX|UV_INDEX|GOPROXY|GOSUMDB'

make_base() {
  [[ -d $base ]] && return
  command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq -o DPkg::Lock::Timeout=300 debootstrap; }
  rm -rf "$base.new"
  debootstrap --variant=minbase --include=git,make,python3 "$suite" "$base.new" >"$cache/debootstrap.log"
  mv "$base.new" "$base"
}

# How this machine reaches the network: names, proxies, its certificate authorities. CI is not handed on: a chroot shows
# no control groups, so the cluster tier is left out there and named, as for a user whose machine has none.
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
  mkdir -p "$root$HOME/.cache" ${HYBRIDFACE_BARE_CACHE:+"$HYBRIDFACE_BARE_CACHE"}
}

[[ $(id -u) == 0 ]] || { echo "bare_debian: needs root, for chroot and its mounts" >&2; exit 1; }
mkdir -p "$cache"
inside=
trap '[[ -z $inside ]] || { kill -KILL "$inside" && wait "$inside"; } 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM
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
  [[ -z $2 ]] || mount --bind "$2" "$1$HOME/.cache"
  cd "$1"
  exec chroot "$1" sh -c '"'"'cd /hybridface && exec "$@"'"'"' sh "${@:3}"
' bash "$root" "${HYBRIDFACE_BARE_CACHE:-}" env -i "${variables[@]}" "$@" <&0 &
inside=$!
status=0
wait "$inside" || status=$?
inside=
exit "$status"
