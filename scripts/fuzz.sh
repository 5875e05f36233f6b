#!/usr/bin/env bash
# Builds one fuzz target and runs it for some seconds.
#
# A finding is written to Fuzz/FailCases/<area>/ and makes the script fail; keep the file: the unit tests replay it.
set -euo pipefail

if [ $# -ne 2 ]; then
  echo "Usage: scripts/fuzz.sh TARGET SECONDS    (targets: the directories Fuzz/Fuzz*)" >&2
  exit 2
fi
target="$1"
seconds="$2"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
if [ ! -d "Fuzz/$target" ]; then
  echo "fuzz: there is no target Fuzz/$target" >&2
  exit 2
fi

area="$(tr '[:upper:]' '[:lower:]' <<<"${target#Fuzz}")"
findings="Fuzz/FailCases/$area"
seeds="Fuzz/Seeds/$area"
corpus=".build/fuzz/corpus/$area"
mkdir -p "$findings" "$corpus"
dictionary=()
if [ -f "Fuzz/Dictionaries/$area.dict" ]; then dictionary=("-dict=Fuzz/Dictionaries/$area.dict"); fi
inputs=("$corpus" "$findings")
if [ -d "$seeds" ]; then inputs+=("$seeds"); fi

AXONIZE_FUZZ=1 swift build --scratch-path .build/fuzz -c release --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address \
  --product "$target" >&2
export LSAN_OPTIONS="suppressions=$root/Fuzz/leaks.supp:print_suppressions=0"
# Findings go where the unit tests look for them; the corpus of this machine stays below .build.
exec ".build/fuzz/release/$target" "${inputs[@]}" "${dictionary[@]}" \
  "-max_total_time=$seconds" "-artifact_prefix=$findings/" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
  -print_final_stats=1
