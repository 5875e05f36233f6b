# The only entry points; CI runs the same targets. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help setup build dashboard up install wheel test test-clients test-vllm test-slurm faults bench soak sanitize lint fmt \
  docs fuzz-smoke fuzz clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

setup: ## Install what a build needs (Debian packages, the analytics engine)
	@scripts/setup.sh --for build

build: setup dashboard ## Build the release binary, .build/release/axonize, and the dashboard
	@scripts/build-release.sh axonize

dashboard: setup ## Check, test and bundle the dashboard, dashboard/dist
	@scripts/dashboard.sh

up: build ## Install, build and start the server in the foreground (Ctrl-C stops it)
	@scripts/up.sh

PREFIX ?= /usr/local

install: build ## Install the program, the engine and the dashboard: PREFIX/bin/axonize, PREFIX/lib/axonize (PREFIX=/usr/local)
	@scripts/install.sh "$(PREFIX)"

wheel: ## Build the Python SDK's wheel, .build/wheel/axonize-*.whl
	@scripts/build-wheel.sh

test: ## Everything CI runs: lint, unit, end-to-end and fault tests, short fuzzing, small benchmarks
	@scripts/test.sh

test-clients: build ## The tests with every client library, 2 GB of them in .deps/clients; `make test` has a few
	@scripts/setup.sh --for clients
	@.venv/bin/python -m pytest Tests/Clients

test-vllm: build ## The tests against vLLM itself on the CPU, 2.5 GB of it in .deps/vllm; not part of `make test`
	@scripts/setup.sh --for vllm
	@scripts/test-vllm.sh

test-slurm: build ## Jobs of a real Slurm of one node on the stand-in of GPUs; needs root, and installs Debian's packages
	@scripts/setup.sh --for slurm
	@.venv/bin/python -m pytest Tests/EndToEnd/test_slurm.py

faults: build ## The long fault tests: 20 rounds of kill -9 under load, an agent that is cut off for five minutes
	@scripts/setup.sh --for test
	@swift build --product nvml-stand-in
	@AXONIZE_KILL_ROUNDS=20 AXONIZE_CUT_SECONDS=300 .venv/bin/python -m pytest Tests/EndToEnd/test_faults.py \
	  Tests/EndToEnd/test_cluster.py

bench: ## Measure the figures of docs/benchmarks.md on this machine
	@scripts/setup.sh --for bench
	@scripts/build-release.sh axonize axonize-load
	@.venv/bin/python Benchmarks/run.py
	@.venv/bin/python Benchmarks/metrics/compare.py

soak: ## Ten minutes at a steady rate with readers beside it; memory must stay flat
	@scripts/setup.sh --for bench
	@scripts/build-release.sh axonize axonize-load
	@.venv/bin/python Benchmarks/soak.py

sanitize: setup ## The unit tests under the address and the thread sanitizer
	@scripts/sanitize.sh

lint: ## Check format and style of Swift, Python and shell sources
	@scripts/setup.sh --for test
	@scripts/lint.sh

fmt: ## Rewrite Swift and Python sources in the repository's format
	@scripts/setup.sh --for test
	@swift format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks Fuzz
	@.venv/bin/ruff format --quiet Tests Benchmarks examples scripts
	@.venv/bin/ruff check --quiet --fix Tests Benchmarks examples scripts

docs: ## Check that documents have one title and that every relative link leads somewhere
	@scripts/check-docs.py

fuzz-smoke: ## Fuzz each parser for a few seconds
	@scripts/fuzz.sh 10

fuzz: ## Fuzz each parser for ten minutes
	@scripts/fuzz.sh 600

clean: ## Remove build products; .deps and .venv stay (remove them by hand for a fresh start)
	@rm -rf .build .pytest_cache .ruff_cache .hypothesis
