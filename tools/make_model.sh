#!/bin/bash
# Makes models/encoder.flm and models/words.flm from data: the folder of FORELOAD_DATA (or the first
# argument) with tools/ and intents/ in it, WordNet from Debian's wordnet-base, and the thesaurus and
# dictionaries of the sources. models/README.md has what was used and what came out.
#
# The same data give the same bytes on processors with the same instruction set; the files of the
# repository were made with AVX-512.
set -euo pipefail
cd "$(dirname "$0")/.."

data=${1:-${FORELOAD_DATA:-}}
wordnet=${WORDNET:-/usr/share/wordnet}
if [ ! -d "$data/tools" ]; then
    echo 'model: FORELOAD_DATA=DIR must name a folder with tools/NAME/catalog.jsonl' >&2
    exit 2
fi
if [ ! -f "$wordnet/data.noun" ]; then
    echo "model: $wordnet has no WordNet; install wordnet-base or set WORDNET=DIR" >&2
    exit 2
fi
mkdir -p models
build/release/foreload train encoder --data "$wordnet" --data src/text/lexicon --data "$data" \
    --words models/words.flm --out models/encoder.flm
sha256sum models/*.flm
