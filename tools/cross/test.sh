#!/bin/bash
# Builds the whole project for 64-bit ARM and runs under QEMU the unit tests of the rooms whose outcome
# may depend on the processor: arithmetic, bytes, memory, text. Left out are the tests that start
# programs (QEMU's user mode cannot start another one of ARM) and, as they are slow, those of the store
# and of the readers. Without the packages of arm64 nothing is done, aloud.
set -euo pipefail
cd "$(dirname "$0")/../.."

rooms=(base heap kernels bpe text model learn engine eval)
needs_programs=(test_engine_import test_example_host)

tools/deps.sh cross
tools/cross/sysroot.sh || { echo "aarch64: left out"; exit 0; }
tools/build.sh aarch64

tests=()
for room in "${rooms[@]}"; do
    for program in "build/aarch64/tests/unit/$room"/test_*; do
        name=${program##*/}
        if [ -f "$program" ] && [ -x "$program" ] && [[ " ${needs_programs[*]} " != *" $name "* ]]; then
            tests+=("$name")
        fi
    done
done
meson test -C build/aarch64 --no-rebuild --print-errorlogs --timeout-multiplier 5 "${tests[@]}"
