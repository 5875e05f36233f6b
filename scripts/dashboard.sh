#!/usr/bin/env bash
# Checks types and rules of the dashboard, runs the tests of its models, and bundles it into dashboard/dist.
#
# Nothing is done when the bundle is newer than everything that it is made of.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
stamp="$root/dashboard/dist/index.html"
sources=("$root/dashboard/src" "$root/dashboard/scripts" "$root/dashboard/index.html" "$root/dashboard/tsconfig.json"
  "$root/dashboard/tsconfig.debian.json" "$root/.deps/dashboard")

if [ -f "$stamp" ] && [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]; then exit 0; fi

export NODE_PATH="$root/.deps/dashboard/node_modules:/usr/share/nodejs"
cd "$root/dashboard"
tsc --noEmit -p tsconfig.debian.json
node scripts/generate-api.mjs --check
node scripts/check.mjs
node scripts/test.mjs
node scripts/build.mjs
