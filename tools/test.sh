#!/bin/bash
# Builds a preset (default: test) and runs its tests: the fast tier of Meson's, then the CLI's. The
# last line is "N passed, N failed", with ", N skipped" where there were any.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:-test}
tools/deps.sh build test tables
tools/tables.sh
tools/build.sh "$preset"

# A finding of a sanitizer fails its test; leaks are findings.
export ASAN_OPTIONS=${ASAN_OPTIONS:-halt_on_error=1:abort_on_error=1:detect_leaks=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:abort_on_error=1:print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
export FORELOAD_TABLES=${FORELOAD_TABLES:-$PWD/build/tables}

failed=0
log=build/$preset/meson-logs/testlog.json
rm -f "$log"
meson test -C "build/$preset" --no-rebuild --no-suite slow --print-errorlogs || failed=1

cli=build/$preset/cli-tests.log
rm -f "$cli"
tests/cli/run.sh "$PWD/build/$preset/foreload" 2>&1 | tee "$cli" || failed=1

python3 tools/test_summary.py "$log" "$cli" || failed=1
exit "$failed"
