#!/bin/bash
# Runs the program's command lines and compares what they print: run.sh [--update] FORELOAD [CASE…]
#
# A case is cases/NAME.sh, run by bash in an empty folder with the helpers of lib.sh. Beside it:
#
#     NAME.stdout.exact, NAME.stderr.exact   what it prints; without a file it must print nothing
#     NAME.stdout.glob,  NAME.stderr.glob    the same line by line as patterns of the shell; the
#                                            line "..." stands for any number of lines
#     NAME.exit                              its exit status; without a file 0
#
# A case that exits 77 is skipped. --update writes what was printed into the .exact files; read the
# difference before you keep it. The last line is "N passed, N failed", with ", N skipped".
set -euo pipefail
tests=$(cd "$(dirname "$0")" && pwd)

update=
if [ "${1:-}" = --update ]; then
    update=1
    shift
fi
program=$(realpath "${1:?usage: run.sh [--update] FORELOAD [CASE...]}")
shift
cases=("$@")
if [ "$#" -eq 0 ]; then
    for file in "$tests"/cases/*.sh; do
        cases+=("$(basename "$file" .sh)")
    done
fi

work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT

# matches_glob ACTUAL PATTERNS: each line of one file against its line of the other.
matches_glob() {
    local -a lines patterns
    mapfile -t lines <"$1"
    mapfile -t patterns <"$2"
    match_from 0 0
}

match_from() {
    local line=$1 pattern=$2
    while [ "$pattern" -lt "${#patterns[@]}" ]; do
        if [ "${patterns[$pattern]}" = ... ]; then
            for ((; line <= ${#lines[@]}; line++)); do
                if match_from "$line" $((pattern + 1)); then
                    return 0
                fi
            done
            return 1
        fi
        # shellcheck disable=SC2053 # the pattern is meant as one
        if [ "$line" -ge "${#lines[@]}" ] || [[ ${lines[$line]} != ${patterns[$pattern]} ]]; then
            return 1
        fi
        line=$((line + 1))
        pattern=$((pattern + 1))
    done
    [ "$line" -eq "${#lines[@]}" ]
}

# check_stream NAME stdout|stderr
check_stream() {
    local expected=$tests/cases/$1.$2
    if [ -f "$expected.glob" ]; then
        matches_glob "$work/$2" "$expected.glob" && return 0
        echo "--- $1: $2 does not match $1.$2.glob:"
        diff -u "$expected.glob" "$work/$2" | tail -n +3
        return 1
    fi
    if [ -n "$update" ]; then
        rm -f "$expected.exact"
        if [ -s "$work/$2" ]; then
            cp "$work/$2" "$expected.exact"
        fi
        return 0
    fi
    expected=$expected.exact
    [ -f "$expected" ] || expected=/dev/null
    cmp -s "$expected" "$work/$2" && return 0
    echo "--- $1: $2 differs:"
    diff -u "$expected" "$work/$2" | tail -n +3
    return 1
}

# run_case NAME; its exit status.
run_case() {
    rm -rf "${work:?}/home" "$work/here"
    mkdir -p "$work/home" "$work/here"
    (
        cd "$work/here"
        exec env -i PATH="$PATH" HOME="$work/home" LANG=C.UTF-8 FORELOAD_HOME="$work/home/state" \
            FORELOAD_TABLES="$work/none" FORELOAD_ENCODER=off FORELOAD_WORDS=off FORELOAD="$program" TESTS="$tests" INPUTS="$tests/inputs" \
            REAL_TABLES="${FORELOAD_TABLES:-}" ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
            UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" TSAN_OPTIONS="${TSAN_OPTIONS:-}" \
            timeout 120 bash -c ". '$tests/lib.sh'; . '$tests/cases/$1.sh'"
    ) >"$work/stdout" 2>"$work/stderr" </dev/null
}

passed=0 failed=0 skipped=0
for name in "${cases[@]}"; do
    status=0
    run_case "$name" || status=$?
    if [ "$status" -eq 77 ]; then
        skipped=$((skipped + 1))
        continue
    fi
    good=1
    check_stream "$name" stdout || good=
    check_stream "$name" stderr || good=
    wanted=0
    [ ! -f "$tests/cases/$name.exit" ] || wanted=$(cat "$tests/cases/$name.exit")
    if [ "$status" -ne "$wanted" ] && [ -n "$update" ]; then
        echo "$status" >"$tests/cases/$name.exit"
        [ "$status" -ne 0 ] || rm "$tests/cases/$name.exit"
    elif [ "$status" -ne "$wanted" ]; then
        echo "--- $name: exit status $status instead of $wanted"
        good=
    fi
    if [ -n "$good" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name"
    fi
done

summary="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || summary="$summary, $skipped skipped"
echo "$summary"
[ "$failed" -eq 0 ]
