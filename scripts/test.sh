#!/usr/bin/env bash
# Everything CI runs, in order of cost. Goes on after a failed step, so that one run shows every failure, and ends with
# one line: how many tests passed, failed and were skipped, Swift and Python together.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT
failed_steps=()

step() {
  local name="$1" began=$SECONDS
  shift
  echo "== $name"
  if "$@"; then
    echo "== $name: ok ($((SECONDS - began)) s)"
  else
    echo "== $name: FAILED ($((SECONDS - began)) s)"
    failed_steps+=("$name")
    return 1
  fi
}

finish() {
  scripts/test-summary.py "$results" "${failed_steps[@]}"
  exit $?
}

step "setup" scripts/setup.sh --for test || finish
step "lint" scripts/lint.sh
step "build tests" swift build --build-tests || finish
# One after another: tests that wait for a socket or a thread would else share two cores with four hundred others, and
# meet the very timeouts that they are about.
step "unit tests" swift test --skip-build --no-parallel --xunit-output "$results/swift.xml"
step "Swift SDK from another package" swift test --package-path examples/swift
step "build release" scripts/build-release.sh axonize axonize-load || finish
step "end-to-end tests" .venv/bin/python -m pytest Tests/EndToEnd --junitxml "$results/end-to-end.xml"
step "client libraries" .venv/bin/python -m pytest Tests/Clients -m light --junitxml "$results/clients.xml"
step "Python SDK tests" .venv/bin/python -m pytest -c sdk/python/pyproject.toml --rootdir sdk/python sdk/python/tests \
  --junitxml "$results/python-sdk.xml"
step "fuzzing" scripts/fuzz-all.sh 5
step "benchmarks, small" .venv/bin/python Benchmarks/run.py --smoke
finish
