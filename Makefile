# make help says what each target does.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
.NOTPARALLEL:
CPU ?= native
ENV := . build/env.sh;

.PHONY: help setup build models demo test test-faults test-llm test-cluster test-package soak walk fuzz nightly lint clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

setup: ## install what Parley is built from (again in a second when it is there)
	@deploy/setup.sh --cpu $(CPU) </dev/null

build: setup ## bin/parley with its libraries in bin/lib
	@$(ENV) deploy/build.sh

models: build ## fetch and check the default weights
	@$(ENV) bin/parley models pull </dev/null

demo: models ## everything above, then seven real calls, heard and answered
	@$(ENV) bin/parley demo

test: ## set up, vet, run all tests
	@deploy/setup.sh --cpu $(CPU) --test </dev/null
	@$(ENV) deploy/build.sh
	@$(ENV) bin/parley models pull </dev/null
	@$(ENV) [ -z "$${PARLEY_LLAMA_SERVER:-}" ] || bin/parley models pull smollm2-135m </dev/null
	@$(ENV) deploy/test.sh </dev/null

test-faults: models ## kill, freeze and cut off parts in the middle of a call (minutes)
	@$(ENV) PARLEY_FAULTS=1 go test ./cmd/parley/internal/node -run Faults -v -count 1 -timeout 40m </dev/null
	@deploy/wallclock.sh </dev/null
	@$(ENV) go test ./cmd/parley/internal/kills -v -count 1 -timeout 4h </dev/null

test-llm: ## a real small language model: streaming, citations, the check, time-outs, a server that dies
	@deploy/setup.sh --cpu $(CPU) --test --llm </dev/null
	@$(ENV) go run ./cmd/parley models pull smollm2-135m </dev/null
	@$(ENV) PARLEY_LLM=1 go test ./assist/llm -run TestLlama -v -timeout 5m </dev/null

test-cluster: ## several nodes as one: the desk, rolling restart and upgrade under load, a killed node, the SIP dispatcher (figures; minutes)
	@deploy/setup.sh --cpu $(CPU) --test --kamailio </dev/null
	@$(ENV) deploy/build.sh
	@$(ENV) go test ./pipeline/sip -run '^TestDispatcher$$' -v -count 1 </dev/null
	@$(ENV) PARLEY_CLUSTER=1 go test ./cmd/parley/internal/node -run '^(TestOneDesk|TestOneDeskCallsBack|TestCluster|TestClusterSealed|TestRolling|TestRollingVersions)$$' -v -count 1 -timeout 30m </dev/null

test-package: ## build the Debian package, unpack it and look at it (minutes the first time)
	@deploy/setup.sh --cpu $(CPU) </dev/null
	@$(ENV) deploy/build.sh
	@$(ENV) deploy/debian/build.sh 0.0.0~test </dev/null
	@$(ENV) PARLEY_PACKAGE='$(CURDIR)/dist/parley_0.0.0~test_amd64.deb' go test . -run '^TestDebianPackage$$' -v -count 1 </dev/null

soak: models ## a node at its limit of calls for SOAK=30m: memory, goroutines, files, ports, jitter
	@$(ENV) home=$$(mktemp -d); trap 'rm -rf "$$home"' EXIT; PARLEY_HOME=$$home bin/parley bench soak --for $${SOAK:-30m} </dev/null

walk: ## click through every page in Chromium, in both languages (minutes)
	@deploy/setup.sh --cpu $(CPU) --test </dev/null
	@$(ENV) deploy/build.sh
	@$(ENV) deploy/pages.sh --check --modules
	@$(ENV) PARLEY_WALK=1 go test ./assist/web ./cmd/parley/internal/node -run 'TestWalk|TestMorning|TestTakenOverOnThePages|TestWrittenBesideACall' -v -timeout 15m </dev/null

fuzz: ## every fuzz target for FUZZTIME=10m (hours: for the night); make test replays what was found
	@deploy/setup.sh --cpu $(CPU) --test </dev/null
	@$(ENV) deploy/fuzz.sh </dev/null

nightly: ## everything that takes long, one part after the other, with a summary (hours; deploy/nightly has a timer)
	@deploy/nightly/run.sh

lint: setup ## golangci-lint with .golangci.yml (compiles the linter the first time)
	@$(ENV) deploy/lint.sh </dev/null

clean: ## remove what was built here (weights and native parts are shared and stay)
	rm -rf bin build
