yes email | head -c 65536 | foreload select -c "$INPUTS/tools.jsonl" --top 1 - | head -n 2 | without_numbers
