#!/usr/bin/env bash
# Format and style of every source: swift-format, ruff, shellcheck, the documents' links.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
status=0

check() {
  local name="$1"
  shift
  if "$@"; then
    echo "lint: $name ok"
  else
    echo "lint: $name failed: $*" >&2
    status=1
  fi
}

# A long text or address cannot be broken, and swift-format has no way to say so at the line; everything else it finds
# is an error.
# shellcheck disable=SC2317  # called through check
swift_format() {
  local findings
  findings="$(swift format lint --parallel --recursive Package.swift Sources Tests Benchmarks Fuzz 2>&1 |
    grep -v '\[LineLength\]')"
  [ -z "$findings" ] || { echo "$findings"; return 1; }
}

check "swift format" swift_format
check "ruff check" .venv/bin/ruff check --quiet Tests Benchmarks examples scripts
check "ruff format" .venv/bin/ruff format --quiet --check Tests Benchmarks examples scripts
check "ruff check of the SDK" .venv/bin/ruff check --quiet sdk/python
check "mypy of the SDK" .venv/bin/mypy --config-file sdk/python/pyproject.toml --no-incremental sdk/python/src/axonize
check "pyright of the SDK" .venv/bin/basedpyright --project sdk/python/pyproject.toml --pythonpath .venv/bin/python
check "shellcheck" shellcheck scripts/*.sh .ci/run
check "documents" scripts/check-docs.py
exit $status
