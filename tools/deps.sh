#!/bin/bash
# Makes sure that the packages of the named groups of tools/deps.txt are there: installs what is
# missing when it may, and otherwise says the one command that does. Silent when nothing is missing.
#
#   tools/deps.sh build test
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v dpkg-query >/dev/null; then
    exit 0 # not Debian or Ubuntu: Meson names what it misses
fi

missing=()
while read -r group package tool; do
    [[ " $* " == *" $group "* ]] || continue
    if [ -n "$tool" ] && command -v "$tool" >/dev/null; then
        continue
    fi
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || true
    [ "$state" = installed ] || missing+=("$package")
done < <(sed 's/#.*//' tools/deps.txt)

[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "These packages are missing. Install them with:" >&2
    echo "  sudo apt-get install -y ${missing[*]}" >&2
    exit 1
fi
echo "deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "deps: apt-get failed" >&2
    exit 1
fi
