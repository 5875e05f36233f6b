#!/usr/bin/env bash
# Installs the client libraries that Tests/Clients runs, each group of Tests/Clients/requirements into an environment of
# its own: .deps/clients/GROUP, or below the folder AXONIZE_CLIENTS. A group that is there already is left alone.
#
# Usage: scripts/install-clients.sh [GROUP...]; without a name all of them, which take 2 GB and four to six minutes.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
folder="${AXONIZE_CLIENTS:-$root/.deps/clients}"
requirements="$root/Tests/Clients/requirements"

install_group() {
  local group="$1" environment="$folder/$1" list="$requirements/$1.txt" key
  if [ ! -f "$list" ]; then
    echo "install-clients: there is no group '$group'; Tests/Clients/requirements has one file for each" >&2
    return 2
  fi
  key="$(sha256sum < "$list")"
  [ -f "$environment/installed" ] && [ "$(cat "$environment/installed")" = "$key" ] && return
  echo "install-clients: installing $group"
  rm -rf "$environment"
  mkdir -p "$folder"
  /usr/bin/python3 -m venv "$environment"
  # The lists hold the whole tree, so pip has nothing to look for.
  if ! "$environment/bin/python" -m pip --quiet --disable-pip-version-check install --no-compile --prefer-binary --use-pep517 \
    --no-deps -r "$list"; then
    echo "install-clients: the packages of Tests/Clients/requirements/$group.txt could not be installed" >&2
    return 3
  fi
  printf '%s\n' "$key" > "$environment/installed"
}

if [ $# -eq 0 ]; then
  for list in "$requirements"/*.txt; do set -- "$@" "$(basename "$list" .txt)"; done
fi
status=0
for group in "$@"; do install_group "$group" || status=$?; done
exit "$status"
