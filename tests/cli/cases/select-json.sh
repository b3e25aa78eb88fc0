foreload select -c "$INPUTS/tools.jsonl" --json open a pull request | without_measures
