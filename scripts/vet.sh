#!/usr/bin/env bash
# vet.sh: formatting, and go vet for 64 bit, 32 bit (sizes and times are int64), and the other systems that one may call from.
# For these all programs and tests are linked too, and thrown away: without symbols, which takes a third of the time off.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(find . -name '*.go' -not -path './.git/*' -print0 | xargs -0 gofmt -l)
[[ -z $unformatted ]] || { printf 'not formatted, run gofmt -w:\n%s\n' "$unformatted" >&2; exit 1; }
go vet ./...
for system in windows darwin; do
  GOOS=$system go vet ./...
  GOOS=$system CGO_ENABLED=0 go test -c -ldflags='-s -w' -o /dev/null ./... >/dev/null
done
GOARCH=386 CGO_ENABLED=0 go vet ./...
