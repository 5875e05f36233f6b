#!/usr/bin/env bash
# Builds products in release mode: scripts/build-release.sh PRODUCT...
#
# The Swift runtime is linked in: a binary in .build/release runs where no toolchain is installed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
for product in "$@"; do swift build -c release --static-swift-stdlib --product "$product"; done
