#!/bin/bash
# Installs ONNX Runtime below tools/onnx, for tests and benchmarks, and prints the path of its library.
# 1 where that cannot be (no npm, no network).
set -euo pipefail
cd "$(dirname "$0")/onnx"

library() {
    local machine
    machine=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
    ls "$PWD"/node_modules/onnxruntime-node/bin/napi-v*/linux/"$machine"/libonnxruntime.so.1 2>/dev/null
}

library && exit
command -v npm >/dev/null || exit 1
# The package's own script would fetch libraries for accelerators.
npm ci --ignore-scripts --no-audit --no-fund </dev/null >&2 || exit 1
library
