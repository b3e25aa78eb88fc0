#!/bin/bash
# Measures Foreload beside other programs and prints one report; with --record the same goes into
# docs/benchmarks.md, between its marks. Names of parts measure those only.
#
#   tools/bench.sh [--record] [PART…]
#
# FORELOAD_DATA names a folder of labelled catalogues (bench/bench_sets.h says its shape); without it a
# small made-up one is used, which shows that everything runs and little more. BENCH_RUNS is how often
# programs are started (50). What is not installed is left out and said.
set -euo pipefail
cd "$(dirname "$0")/.."

all=(search meaning exposure confidence encoder tokens kernels network next intents residency queue
    heap start memory)
record=
parts=()
for argument in "$@"; do
    if [ "$argument" = --record ]; then
        record=1
    elif [[ " ${all[*]} " == *" $argument "* ]]; then
        parts+=("$argument")
    else
        echo "usage: tools/bench.sh [--record] [PART...]; parts: ${all[*]}" >&2
        exit 2
    fi
done
[ "${#parts[@]}" -gt 0 ] || parts=("${all[@]}")
parts+=(machine)

tools/build.sh release
ninja -C build/release --quiet bench-programs
programs=$PWD/build/release/bench
foreload=$PWD/build/release/foreload
tables=$PWD/build/tables
report=$PWD/build/bench-report
runs=${BENCH_RUNS:-50}
request='open a pull request with my changes'
rm -rf "$report"
mkdir -p "$report"

data=${FORELOAD_DATA:-}
if [ -z "$data" ]; then
    data=$PWD/build/bench-data
    bench/synthetic.sh "$data"
fi

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export FORELOAD_HOME=$home FORELOAD_TABLES=$tables

say() { echo "bench: $*" >&2; }
load() { cut -d' ' -f1 /proc/loadavg; }

# --- each writes one part of the report ---

machine() {
    echo "| | |"
    echo "|---|---|"
    echo "| processor | $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | sort -u | head -n 1), $(nproc) cores |"
    echo "| system | $(. /etc/os-release && echo "$PRETTY_NAME"), $(uname -m) |"
    echo "| compiler | $(${CC:-gcc} --version | head -n 1), release preset |"
    echo "| peers | SQLite $(pkg-config --modversion sqlite3), Xapian $(pkg-config --modversion xapian-core 2>/dev/null || echo "not installed") |"
    echo "| data | $([ -n "${FORELOAD_DATA:-}" ] && echo "labelled catalogues in FORELOAD_DATA" || echo "made up by bench/synthetic.sh: hit rates mean nothing") |"
    echo "| load average | $load_before before, $(load) after |"
    echo "| command | \`FORELOAD_DATA=… tools/bench.sh\` |"
}

# Needs the token tables; the peers come from the lock file of tools/bpe.
tokens() {
    if [ ! -f "$tables/o200k_base.bpe" ]; then
        echo "Not measured: there are no token tables (Node.js and npm make them)."
        return
    fi
    echo '```'
    if token_peers; then
        FORELOAD_DATA=$data node bench/bench_tokens.mjs "$programs/bench_tokens" "$tables"
    else
        cat "$data"/mcp/catalogs/*.json >"$home/definitions"
        "$programs/bench_tokens" "$tables" "$home/definitions"
    fi
    echo '```'
}

# False without npm or network.
token_peers() {
    [ ! -d tools/bpe/node_modules/tiktoken ] || return 0
    command -v node >/dev/null && command -v npm >/dev/null || return 1
    (cd tools/bpe && npm ci --ignore-scripts --no-audit --no-fund </dev/null) >"$home/npm.log" 2>&1 || {
        say "npm could not install the peers of token counting"
        return 1
    }
}

start() {
    "$foreload" catalog import "$data/mcp/catalogs" >"$home/import.log" 2>&1 || {
        echo "Not measured: the catalogue could not be imported."
        tail -n 3 "$home/import.log" >&2
        return
    }
    echo "| command, $runs times | best ms | median ms | p99 ms | resident KiB |"
    echo "|---|--:|--:|--:|--:|"
    "$programs/bench_start" "$runs" "\`foreload select\`, stored catalogue" "$foreload" select "$request"
    "$programs/bench_start" "$runs" "\`foreload select --catalog FOLDER\`" "$foreload" select \
        --catalog "$data/mcp/catalogs" "$request"
    "$programs/bench_start" "$runs" "\`foreload --version\`" "$foreload" --version
    "$programs/bench_start" "$runs" "\`true\`: what any process costs" true
    if command -v node >/dev/null; then
        "$programs/bench_start" 10 "\`node -e 0\`: what any Node.js program costs" node -e 0
    fi
}

# ONNX Runtime comes from the lock file of tools/onnx, scikit-learn from Debian, for Debian's Python.
network() {
    local library python=python3
    library=$(tools/onnx.sh 2>"$home/npm.log") || {
        say "ONNX Runtime cannot be installed"
        library=-
    }
    "$python" -c 'import sklearn' 2>/dev/null || python=/usr/bin/python3
    "$programs/bench_network" "$library" "$python"
}

memory() {
    echo "| catalogue | tools | load ms | before KiB | loaded KiB | after a request KiB | of it its own KiB |"
    echo "|---|--:|--:|--:|--:|--:|--:|"
    if [ -s "$home/import.log" ]; then
        "$programs/bench_memory" "from the store" "$tables" stored "$home"
    fi
    "$programs/bench_memory" "from files" "$tables" files "$data/mcp/catalogs"
    if [ -d "$data/tools" ]; then
        "$programs/bench_memory" "from files, all sets" "$tables" files "$data/mcp/catalogs" \
            "$data"/tools/*/catalog.jsonl
    fi
}

# Rows that are marked for validation are the test; see bench/bench_intents.c.
intents() {
    local rows=$data/intents/clinc150/full_train_valid.jsonl before
    if [ ! -f "$rows" ]; then
        echo "Not measured: there are no labelled intents."
        return
    fi
    echo "| 150 intents | right % | training s | p50 µs | p99 µs | update µs |"
    echo "|---|--:|--:|--:|--:|--:|"
    "$programs/bench_intents" "$rows" "$home" models/words.flm
    if /usr/bin/python3 -c 'import sklearn' 2>/dev/null; then
        /usr/bin/python3 bench/bench_intents.py "$home"
    fi
    if command -v fasttext >/dev/null; then
        before=$EPOCHREALTIME
        fasttext supervised -input "$home/train.txt" -output "$home/fasttext" -epoch 50 -lr 0.5 \
            -wordNgrams 2 -thread 2 -seed 1 >/dev/null 2>&1 || return 0
        echo "| fastText, word pairs, 50 epochs | $(fasttext test "$home/fasttext.bin" \
            "$home/test.txt" | awk '/^P@1/ { printf "%.1f", 100 * $2 }') | $(awk -v a="$before" \
            -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }') | – | – | – |"
    fi
}

next() {
    if compgen -G "$data/sequences/*/trace.tsv" >/dev/null; then
        "$programs/bench_next" "$data"/sequences/*/trace.tsv
    else
        echo "Not measured: the data has no traces of uses."
    fi
}

# Sets that the shipped encoder was not trained on: the others would flatter it.
meaning() {
    local hits="$programs/bench_hits" encoder=$PWD/models/encoder.flm
    if [ ! -f "$encoder" ]; then
        echo "Not measured: there is no models/encoder.flm."
        return
    fi
    echo "By words alone:"
    echo
    FORELOAD_ENCODER='' "$hits" "$data" mcp
    echo
    echo "With the encoder:"
    echo
    FORELOAD_ENCODER=$encoder "$hits" "$data" mcp
}

load_before=$(load)
for part in "${parts[@]}"; do
    say "$part"
    case $part in
    search) "$programs/bench_search" "$data" ;;
    exposure) "$programs/bench_curve" "$data" "$tables" ;;
    confidence) "$programs/bench_confidence" "$data" ;;
    encoder) "$programs/bench_encoder" models/encoder.flm ;;
    kernels) "$programs/bench_kernels" ;;
    residency) "$programs/bench_residency" "$data" ;;
    queue) "$programs/bench_ring" ;;
    heap) "$programs/bench_heap" ;;
    *) "$part" ;;
    esac >"$report/$part.md"
done

for part in machine "${parts[@]::${#parts[@]}-1}"; do
    printf '\n## %s\n\n' "$part"
    cat "$report/$part.md"
done

if [ -n "$record" ]; then
    for part in "${parts[@]}"; do
        awk -v part="$part" -v from="$report/$part.md" '
            $0 == "<!-- " part ":end -->" { inside = 0 }
            !inside { print }
            $0 == "<!-- " part ":begin -->" {
                inside = 1
                while ((getline line < from) > 0) print line
            }' docs/benchmarks.md >"$report/page.md"
        cp "$report/page.md" docs/benchmarks.md
    done
    say "recorded in docs/benchmarks.md"
fi
