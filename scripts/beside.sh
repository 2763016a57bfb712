#!/usr/bin/env bash
# beside.sh COMMAND... -- COMMAND...: runs two commands at the same time, the second with what the first leaves of the
# processors. What the second says is printed once both are over. Fails where one of them does.
set -euo pipefail

first=()
while [[ "$1" != -- ]]; do
  first+=("$1")
  shift
done
shift

said=$(mktemp)
# In a session of its own: where the kernel shares out time by session, that is what has to be modest.
# shellcheck disable=SC2016
modest='{ echo 19 >/proc/self/autogroup; } 2>/dev/null || true; exec nice -n 19 "$@"'
setsid bash -c "$modest" beside "$@" >"$said" 2>&1 &
second=$!
trap 'kill -- -"$second" 2>/dev/null || true; rm -f "$said"' EXIT

status=0
"${first[@]}" || status=$?
wait "$second" || status=$?
cat "$said"
exit "$status"
