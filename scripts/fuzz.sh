#!/usr/bin/env bash
# fuzz.sh: runs every fuzz target of the module for FUZZTIME (1m), one after the other. Inputs that widened the coverage stay in
# Go's cache; an input that fails is written to testdata/fuzz beside its test, to be committed with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=$(go test -list '^Fuzz' ./... | awk '/^Fuzz/ { names[++n] = $1 } /^ok/ { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }')
failed=
while read -r package target; do
  echo "== $target ($package)"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-1m}" "$package" </dev/null || failed+=" $target"
done <<<"$targets"
[[ -z $failed ]] || { echo "failed:$failed" >&2; exit 1; }
