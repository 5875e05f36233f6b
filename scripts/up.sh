#!/usr/bin/env bash
# Starts the release binary in the foreground, as `axonize serve` does: same settings, same data directory. Once it is
# ready it says where everything is.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
binary="$root/.build/release/axonize"

[ -x "$binary" ] || { echo "up: $binary is missing; run 'make build' first" >&2; exit 1; }
if [ -d "$root/axonize-data" ]; then
  echo "up: earlier versions kept data in $root/axonize-data; to go on with it: make up AXONIZE_DATA_DIR=$root/axonize-data" >&2
fi
exec "$binary" serve "$@"
