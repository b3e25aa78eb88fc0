#!/bin/bash
# From a fresh clone to the first selections: builds the program, fetches a few real MCP servers,
# imports what they offer and selects tools for varied requests. Everything stays in build/.
set -euo pipefail
cd "$(dirname "$0")/.."

# run COMMAND…, shown as a person would type it
run() {
    printf '\n$ foreload'
    printf ' %q' "$@"
    printf '\n'
    build/release/foreload "$@"
}

tools/deps.sh build tables
tools/tables.sh
echo "run: building"
tools/build.sh release

servers=$PWD/build/servers
lock=$(sha256sum <tools/servers/package-lock.json)
if [ "$(cat "$servers/stamp" 2>/dev/null)" != "$lock" ]; then
    echo "run: fetching the MCP servers that tools/servers/package-lock.json names"
    mkdir -p "$servers"
    cp tools/servers/package.json tools/servers/package-lock.json "$servers"
    if ! (cd "$servers" && npm ci --ignore-scripts --no-audit --no-fund </dev/null) \
        >"$servers/npm.log" 2>&1; then
        tail -n 5 "$servers/npm.log" >&2
        echo "run: the npm registry could not be reached; no servers to show" >&2
        exit 1
    fi
    echo "$lock" >"$servers/stamp"
fi

export FORELOAD_SERVERS=$servers
export FORELOAD_HOME=$PWD/build/home
export FORELOAD_TABLES=${FORELOAD_TABLES:-$PWD/build/tables}
mkdir -p "$FORELOAD_HOME"

run catalog import tools/servers/mcp.json
run catalog list
for request in \
    "read the file config.yaml" \
    "take a screenshot of the page and save it to disk" \
    "remember that Anna prefers tea, and tell me what time it is in Tokyo" \
    "serach for files that contian TODO" \
    "Öffne die Webseite und klicke auf den Knopf" \
    "zzz qqq"; do
    run select "$request"
done
