#!/usr/bin/env bash
# with-cluster.sh COMMAND…: runs the command beside a real cluster of its own, whose folder it finds in YARNFLINK_TEST_CLUSTER,
# and takes the cluster down whatever happens. Exits with the command's code. A cluster that YARNFLINK_TEST_CLUSTER names
# already is used instead, and left as it is. Talks on stderr only.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ -z ${YARNFLINK_TEST_CLUSTER:-} ]] || exec "$@"

work=$(mktemp -d "${TMPDIR:-/tmp}/yarnflink.XXXXXX")
cluster=$work/cluster
child=

# in_group runs a command in a process group of its own and waits until it has ended: signals come to it by forward_signal, once,
# and a Ctrl-C in the terminal does not reach what takes the cluster down.
in_group() {
  local code=0
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  while :; do
    code=0
    wait "$child" || code=$?
    kill -0 "$child" 2>/dev/null || break # else a trap interrupted the waiting
  done
  child=
  return "$code"
}

forward_signal() {
  [[ -n $child ]] || exit "$2"
  kill -s "$1" -- "-$child" 2>/dev/null || true
}

take_down() {
  local code=$? left
  trap '' INT TERM
  if [[ -x $work/minicluster ]]; then
    in_group "$work/minicluster" down --dir "$cluster" >&2 || code=$((code ? code : 1))
  fi
  # The pattern comes from a pipe: on grep's own command line it would find itself.
  left=$(printf '%s' "$cluster" | grep -lsF -f - /proc/[0-9]*/cmdline | tr '\n' ' ') || true
  if [[ -n $left ]]; then
    echo "with-cluster: still running: $left" >&2
    code=$((code ? code : 1))
  fi
  rm -rf "$work"
  exit "$code"
}

trap take_down EXIT
trap 'forward_signal INT 130' INT
trap 'forward_signal TERM 143' TERM

in_group go build -o "$work/minicluster" ./cmd/minicluster
in_group "$work/minicluster" up --zookeeper --dir "$cluster" >&2
export YARNFLINK_TEST_CLUSTER=$cluster
in_group "$@"
