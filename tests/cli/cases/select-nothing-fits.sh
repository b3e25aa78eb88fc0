foreload select -c "$INPUTS/tools.jsonl" qwertz uiop asdf | without_numbers
