#!/usr/bin/env bash
# Runs every fuzz target of Fuzz/ in turn: scripts/fuzz-all.sh SECONDS (each). Goes on after a finding; fails at the end.
set -uo pipefail

seconds="${1:?usage: scripts/fuzz-all.sh SECONDS}"
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
status=0
for folder in Fuzz/Fuzz*/; do
  name="$(basename "$folder")"
  # Shared helpers live in folders without an entry point.
  grep -q LLVMFuzzerTestOneInput "$folder"/*.swift || continue
  echo "fuzz: $name for $seconds s"
  if ! scripts/fuzz.sh "$name" "$seconds"; then
    echo "fuzz: $name failed" >&2
    status=1
  fi
done
exit $status
