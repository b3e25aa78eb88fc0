#!/bin/bash
# Runs every fuzz target for FUZZ_SECONDS (default 20), from the corpus in tests/fuzz/corpus and what
# earlier runs found (build/fuzz/found). A finding ends the run and is left in build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/deps.sh build test check
tools/build.sh fuzz fuzzers
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:abort_on_error=1:print_stacktrace=1}
targets=0
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    program=build/fuzz/tests/fuzz/$name
    found=build/fuzz/found/${name#fuzz_}
    seeds=tests/fuzz/corpus/${name#fuzz_}
    mkdir -p "$found"
    echo "fuzz: $name for ${FUZZ_SECONDS:-20} s"
    log=build/fuzz/$name.log
    if ! "$program" -max_total_time="${FUZZ_SECONDS:-20}" -timeout=10 -rss_limit_mb=4096 \
        -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "$found" "$seeds" \
        >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        exit 1
    fi
    grep -E 'number_of_executed_units|average_exec' "$log"
    targets=$((targets + 1))
done
echo "fuzz: $targets targets, no findings"
