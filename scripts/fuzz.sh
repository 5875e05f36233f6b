#!/usr/bin/env bash
# Fuzzes parsers: scripts/fuzz.sh SECONDS [AREA...]. Without areas all of them, as many at a time as there are cores.
#
# A finding is written to Fuzz/FailCases/<area>/ and makes the script fail; keep the file: the unit tests replay it.
set -euo pipefail

if ! [[ "${1:-}" =~ ^[1-9][0-9]*$ ]]; then
  echo "Usage: scripts/fuzz.sh SECONDS [AREA...]    (SECONDS for each; areas: see Fuzz/FuzzCases/FuzzCase.swift)" >&2
  exit 2
fi
seconds="$1"
shift
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export LSAN_OPTIONS="suppressions=$root/Fuzz/leaks.supp:print_suppressions=0"
program=".build/fuzz/release/axonize-fuzz"

AXONIZE_FUZZ=1 swift build --scratch-path .build/fuzz -c release --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address \
  --product axonize-fuzz >&2
mapfile -t areas < <("$program")
if [ ${#areas[@]} -eq 0 ]; then
  echo "fuzz: $program lists no areas" >&2
  exit 1
fi
for area in "$@"; do
  if [[ " ${areas[*]} " != *" $area "* ]]; then
    echo "fuzz: there is no area '$area'; there are: ${areas[*]}" >&2
    exit 2
  fi
done
[ $# -eq 0 ] || areas=("$@")

fuzz() {
  local area="$1" log=".build/fuzz/$1.log" findings="Fuzz/FailCases/$1" corpus=".build/fuzz/corpus/$1"
  local inputs=("$corpus" "$findings") dictionary=()
  mkdir -p "$findings" "$corpus"
  [ ! -d "Fuzz/Seeds/$area" ] || inputs+=("Fuzz/Seeds/$area")
  [ ! -f "Fuzz/Dictionaries/$area.dict" ] || dictionary=("-dict=Fuzz/Dictionaries/$area.dict")
  # Findings go where the unit tests look for them; the corpus of this machine stays below .build.
  if AXONIZE_FUZZ_AREA="$area" "$program" "${inputs[@]}" "${dictionary[@]}" "-max_total_time=$seconds" \
    "-artifact_prefix=$findings/" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1; then
    echo "fuzz: $area ok, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    cat "$log"
    echo "fuzz: $area FAILED; the log is $log" >&2
    return 1
  fi
}

status=0
running=0
for area in "${areas[@]}"; do
  if [ "$running" -eq "$(nproc)" ]; then
    wait -n || status=1
    running=$((running - 1))
  fi
  fuzz "$area" &
  running=$((running + 1))
done
for ((; running > 0; running--)); do wait -n || status=1; done
exit "$status"
