#!/usr/bin/env bash
# Installs the release binary and the analytics engine: scripts/install.sh PREFIX.
#
# PREFIX/bin/axonize finds the engine in PREFIX/lib/axonize. DESTDIR goes before PREFIX, as packagers want it.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
prefix="${1:?usage: scripts/install.sh PREFIX}"
case "$prefix" in
  /*) ;;
  *) prefix="$PWD/$prefix" ;;
esac
target="${DESTDIR:-}$prefix"
binary="$root/.build/release/axonize"
engine="$root/.deps"
dashboard="$root/dashboard/dist"

[ -x "$binary" ] || { echo "install: $binary is missing; run 'make build' first" >&2; exit 1; }
[ -d "$engine/chdb" ] || { echo "install: $engine/chdb is missing; run 'make setup' first" >&2; exit 1; }
[ -f "$dashboard/index.html" ] || { echo "install: $dashboard is missing; run 'make dashboard' first" >&2; exit 1; }

install -d -m 0755 "$target/bin" "$target/lib"
install -m 0755 "$binary" "$target/bin/axonize"
# Beside the old one and then in its place, so that a server that starts meanwhile finds a whole one.
work="$(mktemp -d "$target/lib/axonize.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cp -r --reflink=auto "$engine/chdb" "$engine/chdb_core.libs" "$work/"
cp -r "$dashboard" "$work/dashboard"
# The program loads code only from where no other user can write.
chmod -R u=rwX,go=rX "$work"
rm -rf "$target/lib/axonize"
mv "$work" "$target/lib/axonize"
echo "Installed $prefix/bin/axonize, and the analytics engine and the dashboard in $prefix/lib/axonize."
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "$prefix/bin is not on PATH; add it: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
