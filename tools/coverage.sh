#!/bin/bash
# Runs the tests in a build that counts lines; a summary on stdout, the pages in build/coverage/html.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/test.sh coverage
mkdir -p build/coverage/html
gcovr --root . --filter 'src/' --exclude-throw-branches --html-details build/coverage/html/index.html \
    --txt build/coverage/summary.txt build/coverage
cat build/coverage/summary.txt
