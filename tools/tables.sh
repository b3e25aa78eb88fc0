#!/bin/bash
# Makes the rank tables of the token counter, build/tables/*.bpe, from the npm packages that
# tools/bpe/package-lock.json names; nothing is done while lock file and scripts are unchanged.
# Without network or Node.js the build goes on and token counts are estimates, marked as such.
set -euo pipefail
cd "$(dirname "$0")/.."

tables=$PWD/build/tables
stamp=$(cat tools/bpe/package-lock.json tools/bpe/*.mjs | sha256sum | cut -d' ' -f1)
if [ "$(cat "$tables/stamp" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi

without() {
    echo "tables: $1: token counts will be estimates" >&2
    exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || without "Node.js is not installed"
work=build/bpe
mkdir -p "$work" "$tables"
cp tools/bpe/package.json tools/bpe/package-lock.json tools/bpe/*.mjs "$work"
echo "tables: fetching the rank lists"
if ! (cd "$work" && npm ci --ignore-scripts --omit=dev --no-audit --no-fund </dev/null) \
    >"$work/npm.log" 2>&1; then
    tail -n 5 "$work/npm.log" >&2
    without "the npm registry could not be reached"
fi
# A table that cannot be made from what was fetched is a fault, not a missing network.
node "$work/make_tables.mjs" "$tables"
echo "$stamp" >"$tables/stamp"
