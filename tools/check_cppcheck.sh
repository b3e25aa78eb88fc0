#!/bin/bash
# cppcheck over src/; what it gets wrong is suppressed at its line, with the reason. (readdir of a
# folder of one's own is safe, and readdir_r deprecated.)
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build/cppcheck
cppcheck --quiet --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
    --std=c11 --library=posix --library=tools/cppcheck.cfg -D__x86_64__ -D__linux__ -D__GNUC__=12 \
    -DFL_LIBEXEC_DIR='"/"' -I include -I src \
    --suppress=missingInclude --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
    --suppress=readdirCalled \
    --cppcheck-build-dir=build/cppcheck -j "$(nproc)" src
echo "cppcheck: in order"
