#!/usr/bin/env bash
# dist.sh VERSION: static binaries for all platforms, their checksums and the completion scripts, into dist/.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1
rm -rf dist
mkdir -p dist
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
  os=${platform%/*} arch=${platform#*/}
  file=yarnflink-$version-$os-$arch
  [[ $os != windows ]] || file+=.exe
  echo "dist/$file"
  CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -ldflags "-s -w -X main.version=$version" -o "dist/$file" ./cmd/yarnflink
done
for shell in bash zsh fish; do
  go run ./cmd/yarnflink completion "$shell" >"dist/yarnflink.$shell"
done
cp LICENSE dist/
cd dist
sha256sum -- * >SHA256SUMS
