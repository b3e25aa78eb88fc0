foreload select -c "$INPUTS/tools.jsonl" open a pull request | without_numbers
