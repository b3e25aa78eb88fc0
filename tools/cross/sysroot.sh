#!/bin/bash
# Fetches the libraries that the aarch64 build links, into build/sysroot-aarch64, beside a machine
# file for Meson that says where that is. Nothing is installed: apt-get downloads Debian's packages for
# arm64 with lists of its own, and they are unpacked. Fails, saying why, where there is no apt-get, no
# network or no archive of arm64.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(
    libcmocka0 libcmocka-dev libcurl4-openssl-dev libjansson4 libjansson-dev libsqlite3-0 libsqlite3-dev
    libstemmer0d libstemmer-dev libutf8proc2 libutf8proc-dev libuv1 libuv1-dev libxxhash0 libxxhash-dev
)
sysroot=$PWD/build/sysroot-aarch64
if [ "$(cat "$sysroot/packages" 2>/dev/null)" = "${packages[*]}" ]; then
    exit 0
fi

rm -rf "$sysroot"
mkdir -p "$sysroot"/apt/{state/lists/partial,cache/archives/partial,debs}
touch "$sysroot/apt/status"
apt=(apt-get -o Dir::State="$sysroot/apt/state" -o Dir::State::status="$sysroot/apt/status"
    -o Dir::Cache="$sysroot/apt/cache" -o APT::Architecture=arm64 -o APT::Architectures=arm64
    -o APT::Sandbox::User=root)
if ! { "${apt[@]}" update && cd "$sysroot/apt/debs" && "${apt[@]}" download "${packages[@]}"; } \
    </dev/null >"$sysroot/log" 2>&1; then
    tail -n 10 "$sysroot/log" >&2
    echo "sysroot: the packages for arm64 could not be had" >&2
    exit 1
fi
for package in "$sysroot"/apt/debs/*.deb; do
    dpkg-deb --extract "$package" "$sysroot"
done
rm -rf "$sysroot/apt"
printf "[constants]\nsysroot = '%s'\n" "$sysroot" >"$sysroot/sysroot.ini"
echo "${packages[*]}" >"$sysroot/packages"
