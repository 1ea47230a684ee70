# Targets are one line or three; anything longer stands in scripts/.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME ?= 1m
export FUZZTIME

.DEFAULT_GOAL := help
.PHONY: help build test test-fast test-long vet lint fuzz bench demo cluster-up cluster-down docs dist clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' Makefile | expand -t 14

build: ## Build the static binary bin/yarnflink
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/yarnflink ./cmd/yarnflink

test: ## Run all tests, those against real servers on a cluster of their own
	@scripts/with-cluster.sh go test -timeout 50m ./...

test-fast: ## Run the tests that need no real server
	@env -u YARNFLINK_TEST_CLUSTER -u YARNFLINK_TEST_REQUIRE go test ./...

test-long: ## Run all tests, those that start clusters of their own too, then each fuzz target for FUZZTIME
	@YARNFLINK_FAULT_TABLES=$(CURDIR)/docs YARNFLINK_TEST_LONG=1 scripts/with-cluster.sh go test -count=1 -timeout 90m ./...
	@scripts/fuzz.sh

vet: ## Check formatting and vet, for Windows, macOS and 32 bit too
	@scripts/vet.sh

lint: vet ## vet, and golangci-lint or else staticcheck
	@scripts/lint.sh

fuzz: ## Run each fuzz target for FUZZTIME (1m)
	@scripts/fuzz.sh

bench: build ## Compare with Flink's own client on a real cluster
	@go run ./bench

demo: build ## Start a session on a real cluster, run WordCount from HDFS to HDFS in it, and leave nothing running
	@scripts/with-cluster.sh scripts/demo.sh

cluster-up: ## Start a real Hadoop with a real Flink on loopback, and say how to use it
	@go run ./cmd/minicluster up
	@echo 'now: eval "$$(go run ./cmd/minicluster env)"'

cluster-down: ## End what cluster-up has started
	@go run ./cmd/minicluster down

docs: ## Write docs/cli.md from the tables of commands and options
	@go generate ./internal/cli

dist: ## Build binaries for all platforms with checksums into dist/
	@scripts/dist.sh $(VERSION)

clean: ## Remove what was built; what was downloaded for the cluster stays
	rm -rf bin dist
