foreload catalog list -c "$INPUTS/tools.jsonl" --component files --json | without_measures | without_paths
