#!/bin/bash
# Configures and builds one preset in build/PRESET; further arguments are Ninja targets.
#
#   release   what is shipped: optimised, LTO, hardened; no tests
#   bench     the same with debug symbols and tests
#   test      gcc, AddressSanitizer and UndefinedBehaviorSanitizer
#   clang     clang, the same sanitizers; its compile_commands.json serves clang-tidy
#   tsan      gcc, ThreadSanitizer
#   coverage  gcc, counting lines
#   fuzz      clang, libFuzzer, with the sanitizers of `test`
#   aarch64   gcc for 64-bit ARM; its tests run under QEMU, which has no sanitizers
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: tools/build.sh PRESET [TARGET...]}
shift
compiler=gcc
sanitizers=(-Doptimization=1 -Ddebug=true -Db_sanitize=address,undefined -Db_lundef=false)
strict='-fno-sanitize-recover=undefined -fno-omit-frame-pointer'
case $preset in
release) options=(--buildtype=release -Db_lto=true -Dtests=disabled) ;;
bench) options=(--buildtype=release -Ddebug=true -Db_lto=true -Dtests=enabled) ;;
test) options=("${sanitizers[@]}" -Dc_args="$strict" -Dtests=enabled) ;;
clang)
    compiler=clang
    options=("${sanitizers[@]}" -Dc_args="$strict" -Dtests=enabled)
    ;;
tsan) # whose instrumentation makes gcc see uninitialised variables where there are none
    options=(-Doptimization=1 -Ddebug=true -Db_sanitize=thread -Db_lundef=false -Dtests=enabled
        -Dc_args=-Wno-maybe-uninitialized)
    ;;
coverage) options=(-Doptimization=0 -Ddebug=true -Db_coverage=true -Dtests=enabled) ;;
fuzz)
    compiler=clang
    options=("${sanitizers[@]}" -Dc_args="$strict -fsanitize=fuzzer-no-link" -Dtests=enabled
        -Dfuzz=true)
    ;;
aarch64)
    tools/cross/sysroot.sh
    options=(--cross-file build/sysroot-aarch64/sysroot.ini --cross-file tools/cross/aarch64.ini
        -Doptimization=1 -Ddebug=true -Dtests=enabled -Dbench=disabled)
    ;;
*)
    echo "no preset '$preset'" >&2
    exit 2
    ;;
esac

# Set up anew when there is nothing yet or the options of the preset have changed.
folder=build/$preset
wanted="$compiler ${options[*]}"
had=$(cat "$folder/preset" 2>/dev/null) || true
if [ ! -f "$folder/build.ninja" ] || [ "$had" != "$wanted" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    if ! CC=$compiler meson setup "$folder" "${options[@]}" >"$folder/setup.log" 2>&1; then
        cat "$folder/setup.log" >&2
        rm -f "$folder/preset"
        exit 1
    fi
    echo "$wanted" >"$folder/preset"
fi

# Ninja's progress goes to people only; what fails is shown in either case.
if [ -t 1 ]; then
    ninja -C "$folder" "$@"
else
    ninja -C "$folder" --quiet "$@"
fi
