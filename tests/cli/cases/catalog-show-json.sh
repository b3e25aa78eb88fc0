foreload catalog show -c "$INPUTS/tools.jsonl" --json --form openai create_pull_request | without_measures
foreload catalog show -c "$INPUTS/manifest.json" --json camera | without_paths | without_measures
