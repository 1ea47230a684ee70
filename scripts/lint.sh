#!/usr/bin/env bash
# lint.sh: golangci-lint with .golangci.yml where it is installed, else staticcheck.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v golangci-lint >/dev/null; then
  golangci-lint run ./...
else
  go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
fi
