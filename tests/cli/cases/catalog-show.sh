foreload catalog show -c "$INPUTS/tools.jsonl" create_pull_request | sed 's/^tokens.*/tokens N/'
foreload catalog show -c "$INPUTS/manifest.json" camera | without_paths | sed 's/^tokens.*/tokens N/'
