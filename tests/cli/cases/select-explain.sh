foreload optimize -c "$INPUTS/tools.jsonl" --explain --top 1 'send an email to Anna' | without_numbers
