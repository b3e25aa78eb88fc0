#!/bin/bash
# From a fresh clone to the first selections: builds the program, fetches a few real MCP servers,
# imports what they offer and selects tools for varied requests. Everything stays in build/.
set -euo pipefail
cd "$(dirname "$0")/.."

# run COMMAND…, shown as a person would type it
run() {
    printf '\n$ foreload'
    for word; do
        case $word in
        *[!A-Za-z0-9/._-]*) printf ' "%s"' "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
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
run select --explain --top 3 "take a screenshot of the page"
for request in \
    "read config.yaml and tell me which port is set" \
    "jot down that the launch moved to friday, as a new page in notion" \
    "serach for files that contian TODO" \
    "Öffne die Webseite und klicke auf den Knopf" \
    "which edge functions are deployed, and what do their logs say?" \
    "why is the sky blue?"; do
    run select --strategy aggressive "$request"
done
run select --budget 500 --form openai --schemas --json "rename report.docx to final.docx"
echo
echo "run: your own servers: build/release/foreload catalog import FILE, e.g. ~/.claude.json"
