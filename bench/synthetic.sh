#!/bin/bash
# Writes a small made-up data set of the shape that bench_sets.h reads, for when there is no real one:
# 1,120 tools of 40 servers. Its hit rates say nothing about real requests, its times little.
#
#   bench/synthetic.sh FOLDER
set -euo pipefail
folder=${1:?usage: bench/synthetic.sh FOLDER}
rm -rf "$folder"
mkdir -p "$folder/mcp/catalogs"

awk -v folder="$folder" '
    function put(file, line) { print line > (folder "/mcp/" file) }
    function query(file, text, gold) {
        put(file, "{\"query\": \"" text "\", \"gold\": [\"" gold "\"]}")
    }
    BEGIN {
        verbs = split("create list get update delete search export", verb, " ")
        split("make enumerate fetch change remove find download", said, " ")
        objects = split("issue branch invoice customer ticket calendar event contact message " \
            "channel page database record file folder task project comment label webhook order " \
            "payment refund product image video alert metric log dashboard user team role secret " \
            "certificate domain cluster node volume snapshot", object, " ")
        for (server = 1; server <= 40; server++) {
            name = "service" server
            file = "catalogs/" name ".json"
            put(file, "{\"tools\": [")
            for (o = 0; o < 4; o++)
                for (v = 1; v <= verbs; v++) {
                    thing = object[(server * 3 + o * 11) % objects + 1]
                    tool = verb[v] "_" thing "_" o
                    put(file, (o + v > 1 ? ", " : "") "{\"name\": \"" tool "\", \"description\": \"" \
                        toupper(substr(verb[v], 1, 1)) substr(verb[v], 2) " a " thing " in the " \
                        object[server] " workspace of " name ". Use this when the " thing \
                        " is known by its number.\", \"inputSchema\": {\"type\": \"object\", " \
                        "\"properties\": {\"" thing "_id\": {\"type\": \"string\", \"description\": " \
                        "\"Number of the " thing "\"}, \"limit\": {\"type\": \"integer\"}}}}")
                    number++
                    if (number % 10 == 0)
                        query("searches.jsonl", verb[v] " " thing " " name, name "/" tool)
                    if (number % 10 == 5)
                        query("requests.jsonl", "could you please " said[v] " the " thing \
                            " that we talked about in " name, name "/" tool)
                }
            put(file, "]}")
        }
    }' </dev/null
