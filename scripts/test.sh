#!/usr/bin/env bash
# Everything CI runs, in order of cost. Goes on after a failed step, so that one run shows every failure, and ends with
# one line: how many tests passed, failed and were skipped, Swift and Python together.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT
failed_steps=()
stages=()

# Sets `cpu` to the CPU seconds that the children of this shell have used. Not in a subshell, which has no children yet.
measure_cpu() {
  local minutes seconds system_minutes system_seconds
  times >"$results/times"
  IFS='ms ' read -r minutes seconds system_minutes system_seconds < <(sed -n 's/\.[0-9]*s//g; 2p' "$results/times")
  cpu=$(((minutes + system_minutes) * 60 + seconds + system_seconds))
}

step() {
  local name="$1" began=$SECONDS cpu cpu_before outcome=ok
  shift
  measure_cpu
  cpu_before=$cpu
  echo "== $name"
  "$@" || outcome=FAILED
  measure_cpu
  stages+=("$(printf '%-34s %5d s %7d s  %s' "$name" $((SECONDS - began)) $((cpu - cpu_before)) "$outcome")")
  echo "== $name: $outcome ($((SECONDS - began)) s)"
  [ "$outcome" = ok ] || failed_steps+=("$name")
  [ "$outcome" = ok ]
}

finish() {
  local cpu
  measure_cpu
  printf '\n%-34s %7s %9s\n' stage time CPU
  printf '%s\n' "${stages[@]}"
  printf '%-34s %5d s %7d s\n\n' all "$SECONDS" "$cpu"
  scripts/test-summary.py "$results" "${failed_steps[@]}"
  exit $?
}

step "setup" scripts/setup.sh --for test || finish
step "lint" scripts/lint.sh
step "dashboard" scripts/dashboard.sh
# A module that is imported without being named in Package.swift is found by luck, and goes stale.
step "build tests" swift build --build-tests --explicit-target-dependency-import-check error || finish
# One after another: tests that wait for a socket or a thread would else share two cores with four hundred others, and
# meet the very timeouts that they are about.
step "unit tests" swift test --skip-build --no-parallel --xunit-output "$results/swift.xml"
step "Swift SDK from another package" swift test --package-path examples/swift
step "build release" scripts/build-release.sh axonize axonize-load || finish
step "end-to-end tests" .venv/bin/python -m pytest Tests/EndToEnd --junitxml "$results/end-to-end.xml"
step "client libraries" .venv/bin/python -m pytest Tests/Clients -m light --junitxml "$results/clients.xml"
step "Python SDK tests" .venv/bin/python -m pytest -c sdk/python/pyproject.toml --rootdir sdk/python sdk/python/tests \
  --junitxml "$results/python-sdk.xml"
step "fuzzing" scripts/fuzz.sh 5
step "benchmarks, small" .venv/bin/python Benchmarks/run.py --smoke
step "benchmark of attribution, small" .venv/bin/python Benchmarks/attribution.py --smoke
step "benchmarks of series, small" .venv/bin/python Benchmarks/metrics/compare.py --smoke
finish
