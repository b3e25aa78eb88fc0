#!/bin/bash
# Builds the whole project for 64-bit ARM and runs under QEMU the unit tests of the rooms whose outcome
# may depend on the processor: arithmetic, bytes, memory, text. The others take minutes there, or start
# programs, which QEMU's user mode cannot do. Without the packages of arm64 nothing is done, aloud.
set -euo pipefail
cd "$(dirname "$0")/../.."

rooms=(base heap kernels bpe text model)
slow=" test_classifier test_training test_classify_queue " # they train for minutes there

tools/deps.sh cross
tools/cross/sysroot.sh || { echo "aarch64: left out"; exit 0; }
tools/build.sh aarch64

tests=()
for room in "${rooms[@]}"; do
    for program in "build/aarch64/tests/unit/$room"/test_*; do
        name=${program##*/}
        if [ -f "$program" ] && [ -x "$program" ] && [[ $slow != *" $name "* ]]; then
            tests+=("$name")
        fi
    done
done
meson test -C build/aarch64 --no-rebuild --print-errorlogs --timeout-multiplier 5 "${tests[@]}"
