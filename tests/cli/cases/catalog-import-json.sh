foreload catalog import --json "$INPUTS/client.json" "$INPUTS/tools.jsonl" 2>/dev/null |
    sed -E 's/"(elapsed_ms|resident_bytes)":[0-9]+/"\1":N/g' | without_paths
