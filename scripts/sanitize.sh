#!/usr/bin/env bash
# The unit tests under the address sanitizer, with its leak check, and under the thread sanitizer: scripts/sanitize.sh
# [address|thread]. A finding makes it fail.
#
# Tests that need the analytics engine are cancelled and say so: the engine is a library that was built without a
# sanitizer and brings its own allocator and threads (Tests/Support/EngineTestSupport/EngineFixture.swift).
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
root="$PWD"
status=0

run() {
  local sanitizer="$1" folder=".build/$1" log preload=""
  echo "sanitize: building the tests for the $sanitizer sanitizer"
  if ! swift build --quiet --build-tests --sanitize="$sanitizer" --scratch-path "$folder"; then
    status=1
    return
  fi
  log="$folder/tests.log"
  if [ "$sanitizer" = thread ]; then
    # See the file for why.
    clang -O1 -shared -fPIC -o "$folder/mutex.so" scripts/sanitizers/mutex.c || exit 1
    preload="$root/$folder/mutex.so"
  fi
  echo "sanitize: running them"
  if LD_PRELOAD="$preload" LSAN_OPTIONS="suppressions=$root/Fuzz/leaks.supp:print_suppressions=0" \
    swift test --skip-build --no-parallel --disable-xctest --sanitize="$sanitizer" --scratch-path "$folder" >"$log" 2>&1; then
    grep -E 'Test run with' "$log"
    echo "sanitize: $sanitizer ok, $(grep -c 'was cancelled' "$log") tests skipped: the engine does not run under it"
  else
    grep -E '✘|Test run with|^SUMMARY|ERROR: ' "$log" | sort | uniq -c
    echo "sanitize: $sanitizer FAILED, all of it is in $log" >&2
    status=1
  fi
}

[ $# -gt 0 ] || set -- address thread
for sanitizer in "$@"; do
  case "$sanitizer" in
    address | thread) run "$sanitizer" ;;
    *)
      echo "usage: scripts/sanitize.sh [address] [thread]" >&2
      exit 2
      ;;
  esac
done
exit $status
