#!/bin/bash
# clang-tidy (.clang-tidy) over src/, or over the files named; one process a core.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/build.sh clang
# Sources as the compile commands name them: generated ones are left out.
mapfile -t files < <(sed -n 's|^ *"file": "\.\./\.\./\(src/.*\.c\)",*$|\1|p' \
    build/clang/compile_commands.json | sort -u)
[ "$#" -eq 0 ] || files=("$@")
# It counts the warnings that it suppresses on stderr; findings are on stdout.
printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build/clang --quiet 2> >(grep -v 'warnings\? ' >&2)
echo "tidy: ${#files[@]} files in order"
