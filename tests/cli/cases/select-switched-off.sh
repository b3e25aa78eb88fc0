DYNAMIC_LOADING_ENABLED=no foreload select -c "$INPUTS/tools.jsonl" send an email | without_numbers | tail -n 2
