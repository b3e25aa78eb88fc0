#!/bin/bash
# Exported models beside ONNX's own programs: its checker (Debian's python3-onnx), ONNX Runtime under
# Node.js, and the same library through our loader (npm ci --ignore-scripts in tools/onnx).
#
#   onnx.sh DRIVER TOOLS [run|leave]      leave: do not open the library
#
# What is not installed is left out and said; 77 when nothing is.
set -euo pipefail
driver=$1
tools=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$driver" write "$folder"
done=0
# part COMMAND…: 77 means that what it needs is not there
part() {
    local status=0
    "$@" || status=$?
    [ "$status" -eq 0 ] && done=$((done + 1)) && return
    [ "$status" -eq 77 ] || exit "$status"
}
# Debian's packages are for Debian's Python, which need not be the first one.
python=python3
"$python" -c 'import onnx' 2>/dev/null || python=/usr/bin/python3
if command -v "$python" >/dev/null; then
    part "$python" "$tools/check_models.py" "$folder"
fi
if command -v node >/dev/null; then
    part node "$tools/run_models.mjs" "$folder"
fi
if [ "${3:-run}" = leave ]; then
    echo "this build does not open the library"
elif [ -d "$tools/node_modules" ] && library=$("$tools/../onnx.sh"); then
    part "$driver" run "$library"
else
    echo "libonnxruntime.so.1 is not installed"
fi
[ "$done" -gt 0 ] || exit 77
