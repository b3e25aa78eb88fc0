foreload catalog import "$INPUTS/tools.jsonl" "$INPUTS/manifest.json" >/dev/null 2>&1
status foreload catalog check | without_paths
status foreload catalog check --json | without_paths
