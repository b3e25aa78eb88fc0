foreload select -c "$INPUTS/tools.jsonl" -e --top 1 --json send an email | without_measures
