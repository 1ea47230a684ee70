#!/usr/bin/env bash
# vet.sh: formatting, and go vet for the three kinds of platform: 64 bit, 32 bit (sizes and times are int64), Windows.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(find . -name '*.go' -not -path './.git/*' -print0 | xargs -0 gofmt -l)
[[ -z $unformatted ]] || { printf 'not formatted, run gofmt -w:\n%s\n' "$unformatted" >&2; exit 1; }
go vet ./...
GOOS=windows go vet ./...
GOARCH=386 CGO_ENABLED=0 go vet ./...
