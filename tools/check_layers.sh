#!/bin/bash
# Checks that the rooms of src/ include only what tools/layers.txt allows, that includes are spelled
# from src/ or include/, and that no headers include each other in a circle.
# --self-test proves, on a small tree made for it, that each kind of violation is found.
set -euo pipefail

# Reads the rules and then the sources; prints what is wrong, and the edges of the include graph on
# descriptor 3.
check_includes() {
    awk '
        FNR == 1 { file_number++ }
        file_number == 1 {
            sub(/#.*/, "")
            if (split($0, rule, ":") != 2) next
            gsub(/ /, "", rule[1])
            known[rule[1]] = 1
            count = split(rule[2], names, " ")
            for (i = 1; i <= count; i++) may[rule[1], names[i]] = 1
            next
        }
        BEGIN {
            special["foreload/error.h"] = "error"
            special["foreload/component.h"] = "sdk"
        }
        FNR == 1 {
            split(FILENAME, path, "/")
            room = path[1] == "include" ? "public" : path[2]
            if (!(room in known) && room != "public") {
                print FILENAME ":1: room " room " is not in tools/layers.txt"
                known[room] = 1
            }
        }
        /^[ \t]*#[ \t]*include[ \t]*"/ {
            target = $0
            sub(/^[^"]*"/, "", target)
            sub(/".*/, "", target)
            where = FILENAME ":" FNR ": "
            split(target, part, "/")
            other = part[1]
            if (other == "foreload") other = special[target] ? special[target] : "public"
            if (target ~ /(^|\/)\.\.?\//)
                print where "\"" target "\" is not spelled from src/"
            else if (target !~ /\// || (other !~ /^(error|sdk|public)$/ && !(other in known)))
                print where "\"" target "\" is not spelled from src/"
            else if (other != room && !((room, other) in may) &&
                     !(other == "error" && (room, "public") in may) &&
                     !(other == "error" && room == "public"))
                print where "room " room " may not include room " other
            from = FILENAME
            sub(/^(src|include)\//, "", from)
            print from, target > "/dev/fd/3"
        }
    ' tools/layers.txt "$@"
}

check_tree() {
    local files violations edges loops
    mapfile -t files < <(find src include -name '*.[ch]' 2>/dev/null | sort)
    [ "${#files[@]}" -gt 0 ] || { echo "no sources found" >&2; return 1; }
    edges=$(mktemp)
    violations=$(check_includes "${files[@]}" 3>"$edges")
    loops=$(tsort "$edges" 2>&1 >/dev/null | sed 's/^tsort: //; s/.*input contains a loop:/include cycle:/') || true
    rm -f "$edges"
    [ -z "$violations" ] || echo "$violations"
    [ -z "$loops" ] || echo "$loops"
    [ -z "$violations$loops" ]
}

# add FILE LINE…
add() {
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "${@:2}" >"$1"
}

self_test() {
    local failures=0
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cd "$folder"
    fresh() {
        rm -rf "$folder"/*
        add tools/layers.txt '# rules' 'base: error' 'net: base' 'cli: base public'
        add include/foreload/error.h ''
        add include/foreload/foreload.h '#include "foreload/error.h"'
        add src/base/str.h '#include "foreload/error.h"'
        add src/net/http.c '#include "base/str.h"' '#include <curl/curl.h>'
        add src/cli/main.c '  #  include "foreload/foreload.h"' '#include "foreload/error.h"'
    }
    # expect NAME PATTERN: the tree as it stands gives that complaint, or none where it is empty.
    expect() {
        local output
        output=$(check_tree 2>&1) || true
        if [ -z "$2" ] && [ -n "$output" ] || ! grep -q -- "$2" <<<"$output"; then
            echo "self-test '$1' failed: $output" >&2
            failures=$((failures + 1))
        fi
    }
    fresh; expect "clean tree" ""
    fresh; add src/base/bad.c '' '#include "net/http.h"'
    expect "upward" "^src/base/bad.c:2: room base may not include room net$"
    fresh; add src/cli/bad.c '#include "net/http.h"'
    expect "sideways" "^src/cli/bad.c:1: room cli may not include room net$"
    fresh; add src/net/bad.c '#include "foreload/foreload.h"'
    expect "public from below" "^src/net/bad.c:1: room net may not include room public$"
    fresh; add src/net/bad.c '#include "../base/str.h"'
    expect "relative" "^src/net/bad.c:1: .*not spelled from src/$"
    fresh; add src/net/bad.c '#include "http.h"'
    expect "bare" "^src/net/bad.c:1: .*not spelled from src/$"
    fresh; add src/attic/bad.c ''
    expect "unknown room" "^src/attic/bad.c:1: room attic is not in"
    fresh; add include/foreload/bad.h '#include "base/str.h"'
    expect "public on internal" "^include/foreload/bad.h:1: room public may not include room base$"
    fresh; add src/net/a.h '#include "net/b.h"'; add src/net/b.h '#include "net/a.h"'
    expect "cycle" "include cycle:"
    [ "$failures" -eq 0 ] || return 1
    echo "layers: self-test passed"
}

if [ "${1:-}" = --self-test ]; then
    self_test
    exit
fi
cd "$(dirname "$0")/.."
check_tree || exit 1
echo "layers: in order"
